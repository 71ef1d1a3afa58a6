// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/survey.hpp"

#include "cloister/cell/cell.hpp"
#include "cloister/io/process.hpp"

#include "cell_group.hpp"
#include "identity.hpp"
#include "kernel_features.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace cloister::cell {
namespace {

constexpr int landlock_abi_complete = 6;  // from here on signals and abstract sockets are scoped
constexpr std::chrono::seconds version_time{5};

// 0 when a process of a cell's identity can make these namespaces, else the errno. In a child that
// does nothing but system calls.
int try_namespaces(int flags) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    if (geteuid() == 0 &&
        (syscall(SYS_setgroups, 0, nullptr) != 0 ||
         syscall(SYS_setresgid, unprivileged_id, unprivileged_id, unprivileged_id) != 0 ||
         syscall(SYS_setresuid, unprivileged_id, unprivileged_id, unprivileged_id) != 0))
      _exit(errno & 0xff);
    _exit(unshare(flags) == 0 ? 0 : errno & 0xff);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

Layer namespaces(const char* name, const char* claim, int flags) {
  int error = try_namespaces(flags);
  return {.name = name,
          .claim = claim,
          .on = error == 0,
          .why = error == 0 ? "" : std::strerror(error)};
}

Layer bubblewrap() {
  constexpr const char* claim = "code sees a read-only system and its own folder, nothing else";
  std::string path = find_bubblewrap();
  if (path.empty())
    return {.name = "bubblewrap",
            .claim = claim,
            .on = false,
            .why = "not installed: apt install bubblewrap"};
  std::string version;
  auto out = io::pipe();
  if (out) {
    auto process = io::Process::start({.arguments = {path, "--version"},
                                       .environment = {},
                                       .folder = "/",
                                       .descriptors = {{1, &out->second}},
                                       .end_with_parent = true});
    out->second.close();
    std::array<char, 128> text{};
    if (process && process->wait(io::deadline_in(version_time))) {
      ssize_t got = read(out->first.number(), text.data(), text.size());
      version.assign(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
  }
  std::size_t end = version.find_last_not_of(" \n");
  version.resize(end == version.npos ? 0 : end + 1);
  return {.name = "bubblewrap",
          .claim = claim,
          .on = !version.empty(),
          .why = version.empty() ? path : version};
}

Layer landlock_layer() {
  constexpr const char* claim = "files, signals and sockets are fenced a second time";
  int abi = landlock_abi();
  if (abi == 0)
    return {.name = "landlock", .claim = claim, .on = false, .why = "not in this kernel, or off"};
  std::string why = fmt::format("ABI {}", abi);
  if (abi < landlock_abi_complete)
    why += ": files, but neither signals nor abstract sockets (the namespaces hold those)";
  return {.name = "landlock", .claim = claim, .on = true, .why = std::move(why)};
}

}  // namespace

const Layer* Sandbox::layer(const std::string& name) const {
  auto found = std::ranges::find(layers, name, &Layer::name);
  return found == layers.end() ? nullptr : &*found;
}

Sandbox survey() {
  Sandbox sandbox;
  sandbox.layers.push_back(namespaces(
      "user-namespaces", "code has no rights of its own on this machine", CLONE_NEWUSER));
  sandbox.layers.push_back(namespaces("network-namespace", "there is no network: no packet leaves",
                                      CLONE_NEWUSER | CLONE_NEWNET));
  sandbox.layers.push_back(bubblewrap());
  bool notify = has_seccomp_notify();
  sandbox.layers.push_back({.name = "seccomp",
                            .claim = "only listed system calls; what is refused is recorded",
                            .on = notify,
                            .why = notify ? "allow list; the recorder hears of the rest"
                                          : "the kernel has no user notification"});
  sandbox.starts = std::ranges::all_of(sandbox.layers, &Layer::on);
  sandbox.layers.push_back(landlock_layer());
  sandbox.layers.push_back(
      {.name = "unprivileged-id",
       .claim = "nothing foreign runs as root",
       .on = true,
       .why = is_root() ? fmt::format("started as root: cells run as {}", unprivileged_id)
                        : fmt::format("cells run as {}, who started them", geteuid())});
  GroupSupport groups = find_groups();
  sandbox.limits = limits_by(groups.kind);
  sandbox.limits_why = groups.why;
  return sandbox;
}

}  // namespace cloister::cell
