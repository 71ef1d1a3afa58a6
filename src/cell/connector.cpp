// SPDX-License-Identifier: Apache-2.0
#include "connector.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string_view>

namespace cloister::cell {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t waiting_max = 64;  // connections of one cell that wait for their other end
constexpr std::chrono::milliseconds slice{200};
constexpr std::chrono::milliseconds shortest{1};  // 0 would mean for ever

// pidfd_open wants the process of a thread.
// SECURITY: by lines: a process may call itself "Tgid: 1", and the line of its name comes first
// (test: test_a_name_does_not_lead_to_another_process).
pid_t process_of(long thread) {
  constexpr std::string_view label = "Tgid:";
  std::ifstream status(fmt::format("/proc/{}/status", thread));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(label)) return std::atoi(line.c_str() + label.size());
  return -1;
}

io::Descriptor copy_of(const ConnectCall& call) {
  io::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, process_of(call.thread), 0)));
  if (!process.open()) return {};
  return io::Descriptor(
      static_cast<int>(syscall(SYS_pidfd_getfd, process.number(), call.socket, 0)));
}

int connect_now(const io::Descriptor& socket, const base::Bytes& address) {
  return ::connect(socket.number(), reinterpret_cast<const sockaddr*>(address.data()),
                   static_cast<socklen_t>(address.size())) == 0
             ? 0
             : errno;
}

base::Bytes address_of(const io::Descriptor& file) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = fmt::format("/proc/self/fd/{}", file.number());
  std::memcpy(address.sun_path, path.data(), path.size());
  base::ByteView bytes = std::as_bytes(std::span(&address, 1));
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(
                                             offsetof(sockaddr_un, sun_path) + path.size() + 1)};
}

// Whether connect() returns at once, whatever the other end does.
bool never_waits(const io::Descriptor& socket) {
  int type = 0;
  socklen_t size = sizeof type;
  if ((fcntl(socket.number(), F_GETFL) & O_NONBLOCK) != 0) return true;
  return getsockopt(socket.number(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
         (type != SOCK_STREAM && type != SOCK_SEQPACKET);
}

bool still_connecting(int error) {
  return error == EAGAIN || error == EINPROGRESS || error == EALREADY || error == EINTR;
}

timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

// Connects in slices, so that it can be given up. The time limit is an option of the socket, which
// its owner sees too: it has its old value when the call returns.
int connect_in_slices(const io::Descriptor& socket, const base::Bytes& address,
                      const std::function<bool()>& wanted) {
  timeval limit{};
  socklen_t size = sizeof limit;
  getsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
  auto whole = std::chrono::seconds(limit.tv_sec) + std::chrono::microseconds(limit.tv_usec);
  Clock::time_point end = whole.count() > 0 ? Clock::now() + whole : Clock::time_point::max();
  int at_limit = 0;  // what the kernel says to a caller whose time is up
  int error = 0;
  do {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    timeval part = to_timeval(std::clamp<std::chrono::milliseconds>(left, shortest, slice));
    setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &part, sizeof part);
    error = connect_now(socket, address);
    if (at_limit == 0) at_limit = error;
  } while (still_connecting(error) && wanted() && Clock::now() < end);
  setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return still_connecting(error) ? at_limit : error;
}

}  // namespace

std::string path_in(base::ByteView address) {
  sa_family_t family = 0;
  if (address.size() <= sizeof family) return {};
  std::memcpy(&family, address.data(), sizeof family);
  if (family != AF_UNIX) return {};
  const auto* begin = reinterpret_cast<const char*>(address.data()) + sizeof family;
  return {begin, strnlen(begin, address.size() - sizeof family)};
}

bool Connector::connect(const ConnectCall& call) {
  io::Descriptor socket = copy_of(call);
  int copied = errno;
  Target target = find_target(call);
  // All that was looked at was the caller's, if the caller is still there.
  if (!listener_.waits(call.question)) return true;
  if (!socket.open()) return listener_.answer(call.question, copied), true;
  if (target.none.error != 0)
    return listener_.answer(call.question, target.none.error), !target.none.foreign;
  if (never_waits(socket)) {
    int error = connect_now(socket, target.address);
    socket.close();  // first: when the caller closes its own, nobody has it any more
    return listener_.answer(call.question, error), true;
  }
  std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.done->load(); });
  if (waiting_.size() >= waiting_max) return listener_.answer(call.question, EAGAIN), true;
  wait_for(call.question, std::move(socket), std::move(target));
  return true;
}

Connector::Target Connector::find_target(const ConnectCall& call) const {
  Target target{.address = call.address, .file = {}, .none = {}};
  std::string path = path_in(call.address);
  if (path.empty()) return target;
  if (auto found = own_.find(call.thread, path)) {
    target.address = address_of(*found);
    target.file = std::move(*found);
  } else {
    target.none = found.error();
  }
  return target;
}

void Connector::wait_for(std::uint64_t question, io::Descriptor socket, Target target) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  auto wait = [this, question, done, socket = std::move(socket),
               target = std::move(target)](const std::stop_token& stop) mutable {
    int error = connect_in_slices(socket, target.address, [&] {
      return !stop.stop_requested() && listener_.waits(question);
    });
    socket.close();
    listener_.answer(question, error);
    done->store(true);
  };
  waiting_.push_back({.thread = std::jthread(std::move(wait)), .done = done});
}

}  // namespace cloister::cell
