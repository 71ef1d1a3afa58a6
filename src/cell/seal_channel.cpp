// SPDX-License-Identifier: Apache-2.0
#include "seal_channel.hpp"

#include "cloister/cell/errors.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace cloister::cell {
namespace {

std::unexpected<base::Error> failure(const seal::Message& message) {
  std::array<char, sizeof message.where + 1> where{};
  std::memcpy(where.data(), message.where, sizeof message.where);
  if (std::strcmp(where.data(), "execute") == 0)
    return base::fail(errors::not_executable, std::strerror(message.value));
  return base::fail(errors::setup_failed, fmt::format("a cell cannot be sealed ({}: {})",
                                                      where.data(), std::strerror(message.value)));
}

}  // namespace

base::Result<std::pair<SealChannel, io::Descriptor>> SealChannel::open() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return base::fail_errno(errors::setup_failed, "cannot make a socket pair", errno);
  SealChannel channel;
  channel.socket_ = io::Descriptor(ends[0]);
  io::Descriptor peer(ends[1]);
  int on = 1;
  if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
    return base::fail_errno(errors::setup_failed, "cannot ask for credentials", errno);
  return std::pair(std::move(channel), std::move(peer));
}

base::Result<std::optional<std::pair<seal::Message, pid_t>>> SealChannel::receive(
    io::Deadline deadline) {
  auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd wanted{.fd = socket_.number(), .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0)
    return base::fail(errors::setup_failed, "a cell did not come up in time");
  seal::Message message{};
  iovec part{.iov_base = &message, .iov_len = sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = recvmsg(socket_.number(), &header, MSG_CMSG_CLOEXEC);
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return std::nullopt;
  ucred sender{};
  for (cmsghdr* part_header = CMSG_FIRSTHDR(&header); part_header != nullptr;
       part_header = CMSG_NXTHDR(&header, part_header))
    if (part_header->cmsg_level == SOL_SOCKET && part_header->cmsg_type == SCM_CREDENTIALS)
      std::memcpy(&sender, CMSG_DATA(part_header), sizeof sender);
  if (got != sizeof message || sender.pid <= 0)
    return base::fail(errors::setup_failed, "a cell cannot be understood while it comes up");
  return std::pair(message, sender.pid);
}

base::Result<SealStep> SealChannel::await(seal::Step expected, io::Deadline deadline) {
  CLOISTER_TRY(auto received, receive(deadline));
  if (!received) return base::fail(errors::setup_failed, "a cell ended while it came up");
  const auto& [message, process] = *received;
  if (message.step == seal::Step::failed) return failure(message);
  if (message.step != expected)
    return base::fail(errors::setup_failed, "a cell comes up in the wrong order");
  return SealStep{.process = process, .value = message.value};
}

base::Outcome SealChannel::answer() {
  if (send(socket_.number(), "k", 1, MSG_NOSIGNAL) != 1)
    return base::fail_errno(errors::setup_failed, "a cell ended while it came up", errno);
  return {};
}

base::Outcome SealChannel::await_execution(io::Deadline deadline) {
  CLOISTER_TRY(auto received, receive(deadline));
  if (!received) return {};
  return failure(received->first);
}

}  // namespace cloister::cell
