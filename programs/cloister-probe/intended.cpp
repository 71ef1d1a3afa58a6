// SPDX-License-Identifier: Apache-2.0
// Openings that a cell is meant to have. Each says `within` when it led just as far as meant, and
// `open` when it led further.
#include "names.hpp"
#include "reach.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

// A service of the program's own, at the number where the outside has one: who answers?
Verdict own_loopback(const Fixtures& fixtures) {
  Socket listener(AF_INET, SOCK_STREAM);
  int on = 1;
  setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  Address address = inet("127.0.0.1", 0);
  if (bind(listener.number(), address.get(), address.size) != 0) return blocked("bind");
  if (listen(listener.number(), 1) != 0) return blocked("listen");
  getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  Socket client(AF_INET, SOCK_STREAM);
  if (connect(client.number(), address.get(), address.size) != 0) return blocked("connect");
  Socket served(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
  std::string token = fixtures.text("token");
  if (!served.made() || send(served.number(), token.data(), token.size(), MSG_NOSIGNAL) < 0)
    return blocked("send");
  char answer[128];
  ssize_t size = recv(client.number(), answer, sizeof answer, 0);
  if (size != static_cast<ssize_t>(token.size())) return blocked("recv");
  return within("the program's own service answered");
}

Verdict own_socket(const Fixtures& fixtures) {
  std::string path = fixtures.text("temporary") + "/own.sock";
  unlink(path.c_str());
  Socket listener(AF_UNIX, SOCK_STREAM);
  Address address = local_path(path);
  if (bind(listener.number(), address.get(), address.size) != 0) return blocked("bind");
  if (listen(listener.number(), 1) != 0) return blocked("listen");
  Socket client(AF_UNIX, SOCK_STREAM);
  int connected = connect(client.number(), address.get(), address.size);
  int error = errno;
  unlink(path.c_str());
  return connected == 0 ? within("the program's own socket answered") : blocked("connect", error);
}

Verdict granted_file(const Fixtures& fixtures) {
  int file = ::open(fixtures.text("granted").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return blocked("open");
  std::string content = read_up_to(file, 4096);
  ::close(file);
  if (content != fixtures.text("granted_content")) return open("another content than the granted");
  return within("the granted file was read");
}

Verdict own_workspace(const Fixtures& fixtures) {
  std::string path = fixtures.text("workspace") + "/result.txt";
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return blocked("create");
  bool written = ::write(file, "result", 6) == 6;
  ::close(file);
  return written ? within("a file was left in the workspace") : blocked("write");
}

Verdict own_temporary(const Fixtures& fixtures) {
  std::string path = fixtures.text("temporary") + "/scratch";
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return blocked("create");
  ::close(file);
  unlink(path.c_str());
  return within("a temporary file was made");
}

// Only processes of the cell may be seen.
Verdict own_processes(const Fixtures& fixtures) {
  int count = 0;
  bool outside = any_process([&](const std::string& folder) {
    ++count;
    return read_secret(folder + "/cmdline").outcome == Outcome::open ||
           folder == "/proc/" + std::to_string(fixtures.number("decoy_pid"));
  });
  if (outside) return open("a process of the outside can be seen");
  return count > 0 ? within(std::to_string(count) + " processes of the cell can be seen")
                   : blocked("no process can be seen", ENOENT);
}

// The answer must be the sinkhole's: an address that leads nowhere.
Verdict sinkholed_name(const Fixtures& fixtures) {
  auto server = configured_nameserver();
  if (!server) return blocked("/etc/resolv.conf names no server", ENOENT);
  auto address = ask_udp(*server, labels_of("www.example.com"));
  if (!address) return blocked("no answer to the question");
  if (*address == fixtures.text("outside4")) return open("the outside's name server answered");
  return within("the sinkhole answered with " + *address);
}

constexpr Probe probes[] = {
    {"intended-loopback", "The program's own loopback", own_loopback},
    {"intended-socket", "The program's own Unix socket", own_socket},
    {"intended-file", "Reading a granted file", granted_file},
    {"intended-workspace", "Writing into the own workspace", own_workspace, workspace},
    {"intended-temporary", "The own temporary folder", own_temporary},
    {"intended-processes", "The cell's own processes", own_processes},
    {"intended-name", "A sinkholed answer to a DNS question", sinkholed_name},
};

}  // namespace

Family intended_family() {
  return {"intended", probes};
}

}  // namespace cloister::probe
