// SPDX-License-Identifier: Apache-2.0
#include "outside_world.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/base/random.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/cell/errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cloister::cell {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view host_name = "outside-of-the-cell";

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// The counters of the world's only interface: whatever leaves a process by the network moves them.
std::string interface_counters() {
  return read_whole("/proc/self/net/dev");
}

}  // namespace

base::Result<std::unique_ptr<OutsideWorld>> OutsideWorld::make(const std::string& folder,
                                                               const std::string& probe) {
  std::unique_ptr<OutsideWorld> world(new OutsideWorld);
  world->folder_ = folder;
  world->as_root_ = geteuid() == 0;
  world->person_ = world->as_root_ ? unprivileged_id : geteuid();
  world->group_ = world->as_root_ ? unprivileged_id : getegid();
  base::SystemRandom random;
  world->secret_ = "outside-secret:" + base::random_id(random);
  CLOISTER_TRY_DO(world->make_namespaces());
  CLOISTER_TRY_DO(world->make_network());
  CLOISTER_TRY_DO(world->make_folders(probe));
  CLOISTER_TRY_DO(world->hide_system_files());
  CLOISTER_TRY_DO(world->make_shared_objects());
  CLOISTER_TRY_DO(world->make_key());
  CLOISTER_TRY_DO(world->start_other_process());
  CLOISTER_TRY_DO(world->listen());
  return world;
}

OutsideWorld::~OutsideWorld() {
  if (other_process_ > 0) kill(other_process_, SIGKILL);
}

base::Outcome OutsideWorld::make_folder(std::string_view relative) {
  std::error_code error;
  fs::create_directories(path(relative), error);
  if (error) return base::fail_errno(errors::selftest, "cannot make a folder", error.value());
  if (chown(path(relative).c_str(), person_, group_) != 0 ||
      chmod(path(relative).c_str(), 0700) != 0)
    return base::fail_errno(errors::selftest, "cannot make a folder", errno);
  return {};
}

base::Outcome OutsideWorld::make_file(std::string_view relative, std::string_view content,
                                      mode_t mode) {
  io::Descriptor file(
      ::open(path(relative).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open() ||
      ::write(file.number(), content.data(), content.size()) !=
          static_cast<ssize_t>(content.size()) ||
      fchown(file.number(), person_, group_) != 0 || fchmod(file.number(), mode) != 0)
    return base::fail_errno(errors::selftest, "cannot make " + path(relative), errno);
  return {};
}

base::Outcome OutsideWorld::make_folders(const std::string& probe) {
  if (mount("outside", folder_.c_str(), "tmpfs", MS_NODEV, "size=256m,mode=0755,nr_inodes=500k") !=
      0)
    return base::fail_errno(errors::selftest, "cannot mount the outside's folder", errno);
  for (const char* folder : {"home", "home/.ssh", "home/.gnupg", "home/run", "home/.cloister",
                             "home/.cloister/run", "data", "project", "project/.git",
                             "project/.git/hooks", "project/.vscode", "workspace", "temporary"})
    CLOISTER_TRY_DO(make_folder(folder));
  fs::create_directories(path("system"));
  fs::create_directories(path("bin"));
  granted_content_ = "name,value\ngranted,1\n";
  CLOISTER_TRY_DO(make_file("home/.ssh/id_ed25519", secret_));
  CLOISTER_TRY_DO(make_file("home/.profile", secret_));
  CLOISTER_TRY_DO(make_file("home/movable", secret_));
  CLOISTER_TRY_DO(make_file("data/other.csv", secret_));
  CLOISTER_TRY_DO(make_file("data/granted.csv", granted_content_));
  // Copies, so that the person can execute them wherever the program lies.
  std::string program = read_whole(probe);
  CLOISTER_TRY_DO(make_file("bin/probe", program, 0755));
  CLOISTER_TRY_DO(make_file("bin/probe-setuid", program, 0755));
  if (as_root_ && (chown(path("bin/probe-setuid").c_str(), 0, 0) != 0 ||
                   chmod(path("bin/probe-setuid").c_str(), 04755) != 0))
    return base::fail_errno(errors::selftest, "cannot make a setuid program", errno);

  std::array<std::byte, 128> bytes{};
  auto* handle = reinterpret_cast<file_handle*>(bytes.data());
  handle->handle_bytes = static_cast<unsigned>(bytes.size() - sizeof(file_handle));
  int mount_id = 0;
  if (name_to_handle_at(AT_FDCWD, path("data/other.csv").c_str(), handle, &mount_id, 0) != 0)
    handle->handle_bytes = 0;
  fixtures_["dataset_handle"] =
      base::to_hex({reinterpret_cast<const std::byte*>(handle->f_handle), handle->handle_bytes});
  fixtures_["dataset_handle_type"] = handle->handle_type;
  fixtures_["home"] = path("home");
  fixtures_["project"] = path("project");
  fixtures_["workspace"] = path("workspace");
  fixtures_["temporary"] = path("temporary");
  fixtures_["granted"] = path("data/granted.csv");
  fixtures_["granted_content"] = granted_content_;
  fixtures_["other_dataset"] = path("data/other.csv");
  fixtures_["setuid_program"] = path("bin/probe-setuid");
  fixtures_["host_name"] = host_name;
  return {};
}

// Files of the system that tell about the machine get a secret of ours in this world, which no cell
// may show. The machine's own are not touched: the mounts are this namespace's.
base::Outcome OutsideWorld::hide_system_files() {
  CLOISTER_TRY_DO(
      make_file("system/resolv.conf", fmt::format("nameserver {}\n", outside_resolver), 0644));
  CLOISTER_TRY_DO(make_file(
      "system/passwd", read_whole("/etc/passwd") + secret_ + ":x:4242:4242::/:/bin/sh\n", 0644));
  CLOISTER_TRY_DO(make_file("system/shadow", secret_));
  for (const char* name : {"resolv.conf", "passwd", "shadow"}) {
    std::string source = path("system/") + name;
    std::string target = std::string("/etc/") + name;
    if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return base::fail_errno(errors::selftest, "cannot cover " + target, errno);
  }
  if (sethostname(host_name.data(), host_name.size()) != 0)
    return base::fail_errno(errors::selftest, "cannot name the outside", errno);
  return {};
}

base::Outcome OutsideWorld::listen() {
  for (int port : {outside_tcp_port})
    for (auto address : {outside_address4, outside_address6})
      CLOISTER_TRY_DO(listeners_.listen_inet(address, port, SOCK_STREAM));
  for (auto address : {outside_address4, outside_address6, std::string_view("127.0.0.1")})
    CLOISTER_TRY_DO(listeners_.listen_inet(address, outside_udp_port, SOCK_DGRAM));
  for (auto address : {outside_resolver, outside_address4, std::string_view("127.0.0.53")}) {
    CLOISTER_TRY_DO(listeners_.listen_inet(address, 53, SOCK_DGRAM));
    CLOISTER_TRY_DO(listeners_.listen_inet(address, 53, SOCK_STREAM));
  }
  if (auto lite =
          listeners_.listen_inet(outside_address4, outside_udp_port, SOCK_DGRAM, IPPROTO_UDPLITE);
      !lite && errno != EPROTONOSUPPORT)
    return lite;
  CLOISTER_TRY_DO(listeners_.listen_inet(outside_metadata, 80, SOCK_STREAM));
  for (auto address : {"127.0.0.1", "127.9.8.7", "::1"})
    CLOISTER_TRY_DO(listeners_.listen_inet(address, outside_loopback_port, SOCK_STREAM));
  CLOISTER_TRY_DO(listeners_.join_multicast(outside_multicast, outside_udp_port));

  CLOISTER_TRY_DO(listeners_.listen_abstract("cloister-outside-stream", SOCK_STREAM));
  CLOISTER_TRY_DO(listeners_.listen_abstract("cloister-outside-datagram", SOCK_DGRAM));
  CLOISTER_TRY_DO(listeners_.listen_abstract("cloister-outside-packet", SOCK_SEQPACKET));
  CLOISTER_TRY_DO(listeners_.listen_abstract("/tmp/.X11-unix/X0", SOCK_STREAM));
  for (const char* name :
       {"home/stream", "home/run/bus", "home/run/wayland-0", "home/run/X0", "home/run/ssh-agent",
        "home/.gnupg/S.gpg-agent", "home/.cloister/run/control", "workspace/host.sock"})
    CLOISTER_TRY_DO(listeners_.listen_path(path(name), SOCK_STREAM, person_));
  for (const char* name : {"home/datagram", "workspace/host.dgram"})
    CLOISTER_TRY_DO(listeners_.listen_path(path(name), SOCK_DGRAM, person_));

  fixtures_["outside4"] = outside_address4;
  fixtures_["outside6"] = outside_address6;
  fixtures_["resolver"] = outside_resolver;
  fixtures_["multicast"] = outside_multicast;
  fixtures_["tcp_port"] = outside_tcp_port;
  fixtures_["udp_port"] = outside_udp_port;
  fixtures_["loopback_port"] = outside_loopback_port;
  fixtures_["abstract_stream"] = "cloister-outside-stream";
  fixtures_["abstract_datagram"] = "cloister-outside-datagram";
  fixtures_["abstract_packet"] = "cloister-outside-packet";
  fixtures_["path_stream"] = path("home/stream");
  fixtures_["path_datagram"] = path("home/datagram");
  return listeners_.start();
}

// Waits until the last packets of earlier connections have arrived.
void OutsideWorld::settle(std::size_t connections_left) {
  constexpr int rounds_max = 240, round_ms = 25;
  // A network that was just made speaks by itself for a second: multicast reports, duplicate
  // detection.
  const int quiet_wanted = settled_once_ ? 2 : 60;
  settled_once_ = true;
  std::string before;
  for (int round = 0, quiet = 0; round < rounds_max; ++round) {
    listeners_.take_sightings();
    seen_counters_ = interface_counters();
    quiet = seen_counters_ == before ? quiet + 1 : 0;
    if (quiet >= quiet_wanted && listeners_.open_connections() <= connections_left) return;
    before = seen_counters_;
    poll(nullptr, 0, round_ms);
  }
}

void OutsideWorld::watch(std::size_t connections_left) {
  other_process_signalled();
  settle(connections_left);
  seen_files_ = survey_folder(folder_, {"workspace", "temporary"});
}

std::vector<std::string> OutsideWorld::witnesses() {
  std::vector<std::string> found = listeners_.take_sightings();
  if (interface_counters() != seen_counters_) found.push_back("packets on the outside's network");
  if (other_process_signalled()) found.push_back("a signal reached a process of the outside");
  auto now = survey_folder(folder_, {"workspace", "temporary"});
  for (const auto& [name, state] : now)
    if (!seen_files_.contains(name) || seen_files_[name] != state)
      found.push_back("changed: " + name);
  for (const auto& [name, state] : seen_files_)
    if (!now.contains(name)) found.push_back("removed: " + name);
  return found;
}

bool OutsideWorld::other_process_signalled() {
  // A signal of our own, which the process tells of after all earlier ones.
  const std::string last = fmt::format("signal {}\n", SIGUSR2);
  kill(other_process_, SIGUSR2);
  std::string told;
  pollfd wanted{.fd = other_output_.number(), .events = POLLIN, .revents = 0};
  while (!told.ends_with(last) && poll(&wanted, 1, 5000) == 1) {
    std::array<char, 256> bytes;
    ssize_t count = ::read(other_output_.number(), bytes.data(), bytes.size());
    if (count <= 0) return true;  // it is gone: something ended it
    told.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return told != last;
}

std::map<std::string, std::string> survey_folder(const std::string& folder,
                                                 const std::vector<std::string>& except) {
  std::map<std::string, std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error), end;
  while (!error && entry != end) {
    std::string name = entry->path().string().substr(folder.size() + 1);
    bool skip = std::ranges::find(except, name) != except.end();
    struct stat state{};
    if (skip) entry.disable_recursion_pending();
    if (!skip && lstat(entry->path().c_str(), &state) == 0)
      found[name] = fmt::format("{:o} {} {} {} {}.{}", state.st_mode, state.st_uid, state.st_nlink,
                                state.st_size, state.st_ctim.tv_sec, state.st_ctim.tv_nsec);
    entry.increment(error);
  }
  return found;
}

}  // namespace cloister::cell
