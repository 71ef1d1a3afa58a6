// SPDX-License-Identifier: Apache-2.0
#include "cell_child.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/cell/seal_plan.hpp"
#include "cloister/wire/json.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cloister::cell {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr int waiting_connections_max = 16;

bool write_map(const char* path, const std::string& text) {
  io::Descriptor file(open(path, O_WRONLY | O_CLOEXEC));
  return file.open() &&
         write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

base::Outcome make_namespaces(Weakenings weakenings) {
  uid_t user = getuid();
  gid_t group = getgid();
  // The supervisor is not dumpable since it left root; our own files in /proc must be ours.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (unshare(CLONE_NEWUSER) != 0)
    return base::fail_errno(errors::no_user_namespaces, "cannot make a user namespace", errno);
  if (!write_map("/proc/self/setgroups", "deny") ||
      !write_map("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) ||
      !write_map("/proc/self/gid_map", fmt::format("{0} {0} 1", group)))
    return base::fail_errno(errors::no_user_namespaces, "cannot set up a user namespace", errno);
  // SECURITY: without this namespace nothing is executed: it is the wall
  // (test: test_without_a_network_namespace_nothing_starts).
  if (!weakenings.network_namespace && unshare(CLONE_NEWNET) != 0)
    return base::fail_errno(errors::no_network_namespace, "cannot make a network namespace", errno);
  return {};
}

base::Outcome bring_loopback_up() {
  io::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (!socket.open() || ioctl(socket.number(), SIOCSIFFLAGS, &request) != 0)
    return base::fail_errno(errors::no_network_namespace, "cannot bring up the loopback of a cell",
                            errno);
  return {};
}

base::Result<io::Descriptor> bind_name_server(int type) {
  io::Descriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(dns_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!socket.open() ||
      bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      (type == SOCK_STREAM && listen(socket.number(), waiting_connections_max) != 0))
    return base::fail_errno(errors::setup_failed, "cannot bind the name server of a cell", errno);
  return socket;
}

base::Result<std::vector<io::Descriptor>> prepare(const ChildOrder& order) {
  if (order.group != nullptr && !order.group->join())
    return base::fail_errno(errors::cgroup, "a cell cannot enter its control group", errno);
  CLOISTER_TRY_DO(make_namespaces(order.weakenings));
  CLOISTER_TRY_DO(order.memory.mount());
  std::vector<io::Descriptor> sockets;
  if (order.weakenings.network_namespace) return sockets;
  CLOISTER_TRY_DO(bring_loopback_up());
  CLOISTER_TRY(io::Descriptor datagrams, bind_name_server(SOCK_DGRAM));
  CLOISTER_TRY(io::Descriptor listener, bind_name_server(SOCK_STREAM));
  sockets.push_back(std::move(datagrams));
  sockets.push_back(std::move(listener));
  return sockets;
}

bool place_descriptors(const ChildOrder& order) {
  // Above everything else first: a target may be a number that is still in use.
  constexpr int above = 700;
  std::vector<int> moved;
  for (auto [from, to] : order.descriptors) {
    moved.push_back(fcntl(from, F_DUPFD_CLOEXEC, above));
    if (moved.back() < 0) return false;
  }
  for (std::size_t i = 0; i < moved.size(); ++i)
    if (dup2(moved[i], order.descriptors[i].second) < 0) return false;
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  return nothing >= 0 && dup2(nothing, 0) == 0 && dup2(nothing, 1) == 1 &&
         dup2(order.errors, 2) == 2;
}

[[noreturn]] void run_child(const ChildOrder& order, const io::Descriptor& report, pid_t parent) {
  io::FrameSocket socket{io::Descriptor(report.number())};
  auto prepared = prepare(order);
  io::Frame frame;
  if (prepared)
    frame.descriptors = std::move(*prepared);
  else
    frame.header = wire::json::serialize(wire::to_json(prepared.error()));
  bool told = socket.send(frame, io::no_deadline).has_value();
  if (!told || !prepared) _exit(125);
  // After the namespaces: changing credentials forgets it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(125);
  std::vector<char*> arguments;
  for (const std::string& argument : order.command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  // SECURITY: an empty environment: bubblewrap's own would be readable in the cell
  // (test: test_nothing_of_the_launchers_environment).
  std::array<char*, 1> environment{nullptr};
  if (place_descriptors(order))
    execve(order.bubblewrap.c_str(), arguments.data(), environment.data());
  constexpr std::string_view complaint = "bubblewrap cannot be executed\n";
  [[maybe_unused]] ssize_t written = write(order.errors, complaint.data(), complaint.size());
  _exit(125);
}

}  // namespace

base::Result<pid_t> start_child(const ChildOrder& order, const io::Descriptor& report) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return base::fail_errno(errors::setup_failed, "cannot start a cell", errno);
  if (child == 0) run_child(order, report, parent);
  return child;
}

base::Result<NameServer> await_child(io::FrameSocket& report, io::Deadline deadline) {
  auto frame = report.receive(deadline);
  if (!frame) return base::fail(errors::setup_failed, "the first process of a cell ended early");
  if (!frame->header.empty()) {
    CLOISTER_TRY(wire::json::object object, wire::parse_json_object(frame->header));
    base::Error error = wire::error_from_json(object);
    if (error.is(errors::no_user_namespaces) || error.is(errors::no_network_namespace))
      error.hint =
          "a cell needs unprivileged user namespaces (see user.max_user_namespaces, and on Ubuntu "
          "kernel.apparmor_restrict_unprivileged_userns)";
    return std::unexpected(std::move(error));
  }
  NameServer server;
  if (frame->descriptors.size() == 2) {
    server.datagrams = std::move(frame->descriptors[0]);
    server.listener = std::move(frame->descriptors[1]);
  }
  return server;
}

}  // namespace cloister::cell
