// SPDX-License-Identifier: Apache-2.0
#include "reach.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace cloister::probe {

Socket::Socket(int family, int type, int protocol)
    : number_(::socket(family, type | SOCK_CLOEXEC, protocol)) {}
Socket::~Socket() {
  if (number_ >= 0) ::close(number_);
}

Address inet(const std::string& address, std::int64_t port) {
  Address result;
  auto* four = reinterpret_cast<sockaddr_in*>(&result.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    result.size = sizeof *four;
  } else if (inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(port));
    result.size = sizeof *six;
  }
  return result;
}

Address local_path(const std::string& path) {
  Address result;
  auto* local = reinterpret_cast<sockaddr_un*>(&result.storage);
  local->sun_family = AF_UNIX;
  std::memcpy(local->sun_path, path.data(), std::min(path.size(), sizeof local->sun_path - 1));
  result.size = sizeof *local;
  return result;
}

Address local_abstract(const std::string& name) {
  Address result;
  auto* local = reinterpret_cast<sockaddr_un*>(&result.storage);
  local->sun_family = AF_UNIX;
  std::size_t size = std::min(name.size(), sizeof local->sun_path - 1);
  std::memcpy(local->sun_path + 1, name.data(), size);
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
  return result;
}

Verdict expect_answer(int socket, const Fixtures& fixtures) {
  pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
  int ready = poll(&wanted, 1, answer_wait_ms);
  if (ready == 0) return blocked("no answer", ETIMEDOUT);
  char answer[256];
  ssize_t size = ready < 0 ? -1 : recv(socket, answer, sizeof answer, 0);
  if (size < 0) return blocked("no answer");
  std::string_view text(answer, static_cast<std::size_t>(size));
  if (text.find("seen " + fixtures.text("token")) == text.npos)
    return blocked("an answer that is not the outside's", EPROTO);
  return open("the outside answered");
}

Verdict say_to(const Address& address, int type, const Fixtures& fixtures, int protocol) {
  Socket socket(address.storage.ss_family, type, protocol);
  if (!socket.made()) return blocked("socket");
  if (address.storage.ss_family == AF_UNIX && type == SOCK_DGRAM) {
    // The answer needs a name to go to: let the kernel choose one.
    sa_family_t family = AF_UNIX;
    if (bind(socket.number(), reinterpret_cast<sockaddr*>(&family), sizeof family) != 0)
      return blocked("bind");
  }
  timeval wait{.tv_sec = 1, .tv_usec = 500'000};
  setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (connect(socket.number(), address.get(), address.size) != 0) return blocked("connect");
  std::string token = fixtures.text("token");
  if (send(socket.number(), token.data(), token.size(), MSG_NOSIGNAL) < 0) return blocked("send");
  return expect_answer(socket.number(), fixtures);
}

Verdict datagram_to(const Address& address, const Fixtures& fixtures, int protocol) {
  Socket socket(address.storage.ss_family, SOCK_DGRAM, protocol);
  if (!socket.made()) return blocked("socket");
  std::string token = fixtures.text("token");
  if (sendto(socket.number(), token.data(), token.size(), 0, address.get(), address.size) < 0)
    return blocked("sendto");
  return expect_answer(socket.number(), fixtures);
}

std::string read_up_to(int descriptor, std::size_t size) {
  std::string content(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    ssize_t count = ::read(descriptor, content.data() + filled, size - filled);
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return content;
}

Verdict read_secret_from(int descriptor) {
  errno = 0;
  std::string content = read_up_to(descriptor, 64u << 10);
  if (holds_secret(content)) return open("read a secret of the outside");
  return blocked(content.empty() ? "read" : "what was read is not the outside's",
                 errno != 0 ? errno : ENODATA);
}

Verdict read_secret(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return blocked("open");
  Verdict verdict = read_secret_from(file);
  ::close(file);
  return verdict;
}

bool any_process(const std::function<bool(const std::string&)>& visit) {
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return false;
  bool found = false;
  while (dirent* entry = found ? nullptr : readdir(folder))
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
      found = visit(std::string("/proc/") + entry->d_name);
  closedir(folder);
  return found;
}

Verdict in_child(const std::function<Verdict()>& attempt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return blocked("pipe");
  pid_t child = fork();
  if (child < 0) return blocked("fork");
  if (child == 0) {
    Verdict verdict = attempt();
    int head[2] = {static_cast<int>(verdict.outcome), verdict.error};
    [[maybe_unused]] ssize_t told = ::write(ends[1], head, sizeof head);
    told = ::write(ends[1], verdict.detail.data(), verdict.detail.size());
    _exit(0);
  }
  ::close(ends[1]);
  int head[2];
  Verdict verdict{Outcome::blocked, EIO, "the child was ended"};
  if (::read(ends[0], head, sizeof head) == static_cast<ssize_t>(sizeof head))
    verdict = {static_cast<Outcome>(head[0]), head[1], read_up_to(ends[0], 1024)};
  ::close(ends[0]);
  waitpid(child, nullptr, 0);
  return verdict;
}

}  // namespace cloister::probe
