// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/frame_socket.hpp"

#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace cloister::io {
namespace {

namespace limits = base::limits;

constexpr std::array<std::byte, 4> magic{std::byte{'C'}, std::byte{'L'}, std::byte{'F'},
                                         std::byte{'1'}};

// Waits until the socket is ready for `events`.
base::Outcome wait_ready(int socket, short events, Deadline deadline) {
  for (;;) {
    int wait_ms = -1;
    if (deadline != no_deadline) {
      auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return base::fail(errors::timeout, "no answer in time");
      wait_ms = static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30));
    }
    pollfd wanted{.fd = socket, .events = events, .revents = 0};
    int ready = poll(&wanted, 1, wait_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return base::fail_errno(errors::system, "poll", errno);
  }
}

base::Outcome send_error(int number) {
  if (number == EPIPE || number == ECONNRESET)
    return base::fail(errors::closed, "the other side closed the connection");
  return base::fail_errno(errors::system, "cannot send", number);
}

struct Control {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * limits::frame_descriptors_max)> bytes;
};

// Sends all bytes; the descriptors go with the first of them.
base::Outcome send_all(int socket, base::ByteView bytes, std::span<const int> descriptors,
                       Deadline deadline) {
  while (!bytes.empty()) {
    iovec part{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    if (!descriptors.empty()) {
      message.msg_control = control.bytes.data();
      message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
      cmsghdr* rights = CMSG_FIRSTHDR(&message);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
      std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      CLOISTER_TRY_DO(wait_ready(socket, POLLOUT, deadline));
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return send_error(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
    descriptors = {};
  }
  return {};
}

void take_descriptors(msghdr& message, std::vector<Descriptor>& into) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      into.emplace_back(number);
    }
  }
}

// Fills all of `out`. False when the stream ended before its first byte.
base::Result<bool> receive_all(int socket, std::span<std::byte> out,
                               std::vector<Descriptor>& descriptors, Deadline deadline) {
  bool first = true;
  while (!out.empty()) {
    iovec part{.iov_base = out.data(), .iov_len = out.size()};
    Control control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      CLOISTER_TRY_DO(wait_ready(socket, POLLIN, deadline));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != ECONNRESET)
      return base::fail_errno(errors::system, "cannot receive", errno);
    if (got <= 0) {
      if (first) return false;
      return base::fail(errors::bad_frame, "the connection ended inside a frame");
    }
    take_descriptors(message, descriptors);
    if ((message.msg_flags & MSG_CTRUNC) != 0 || descriptors.size() > limits::frame_descriptors_max)
      return base::fail(errors::bad_frame, "a frame brought too many descriptors");
    first = false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

std::array<std::byte, frame_prefix_bytes> encode_frame_prefix(const FramePrefix& prefix) {
  std::array<std::byte, frame_prefix_bytes> bytes{};
  std::ranges::copy(magic, bytes.begin());
  base::store_big_endian(bytes.data() + 4, prefix.header_bytes);
  base::store_big_endian(bytes.data() + 8, prefix.body_bytes << 8 | prefix.descriptors);
  return bytes;
}

base::Result<FramePrefix> parse_frame_prefix(base::ByteView bytes, const FrameLimits& limits) {
  if (bytes.size() != frame_prefix_bytes || !std::ranges::equal(bytes.first(4), magic))
    return base::fail(errors::bad_frame, "not a frame of Cloister");
  FramePrefix prefix;
  prefix.header_bytes = base::load_big_endian<std::uint32_t>(bytes.data() + 4);
  auto word = base::load_big_endian<std::uint64_t>(bytes.data() + 8);
  prefix.body_bytes = word >> 8;
  prefix.descriptors = static_cast<std::uint8_t>(word & 0xff);
  if (prefix.header_bytes > limits.header_bytes || prefix.body_bytes > limits.body_bytes ||
      prefix.descriptors > limits.descriptors)
    return base::fail(errors::bad_frame, "a frame is larger than allowed");
  return prefix;
}

base::Outcome FrameSocket::send(const Frame& frame, Deadline deadline) {
  if (frame.header.size() > limits::frame_header_bytes_max ||
      frame.body.size() > limits::frame_body_bytes_max ||
      frame.descriptors.size() > limits::frame_descriptors_max)
    return base::fail(errors::bad_frame, "a frame is larger than allowed");
  auto prefix =
      encode_frame_prefix({.header_bytes = static_cast<std::uint32_t>(frame.header.size()),
                           .body_bytes = frame.body.size(),
                           .descriptors = static_cast<std::uint8_t>(frame.descriptors.size())});
  base::Bytes start(prefix.begin(), prefix.end());
  start.reserve(prefix.size() + frame.header.size());
  base::ByteView header = base::as_bytes(frame.header);
  start.insert(start.end(), header.begin(), header.end());
  std::vector<int> numbers;
  for (const Descriptor& descriptor : frame.descriptors) numbers.push_back(descriptor.number());
  CLOISTER_TRY_DO(send_all(socket_.number(), start, numbers, deadline));
  return send_all(socket_.number(), frame.body, {}, deadline);
}

base::Result<Frame> FrameSocket::receive(Deadline deadline, const FrameLimits& limits) {
  Frame frame;
  std::array<std::byte, frame_prefix_bytes> start{};
  CLOISTER_TRY(bool began, receive_all(socket_.number(), start, frame.descriptors, deadline));
  if (!began) return base::fail(errors::closed, "the other side closed the connection");
  CLOISTER_TRY(FramePrefix prefix, parse_frame_prefix(start, limits));
  frame.header.resize(prefix.header_bytes);
  frame.body.resize(prefix.body_bytes);
  std::span<std::byte> header(reinterpret_cast<std::byte*>(frame.header.data()),
                              frame.header.size());
  for (std::span<std::byte> part : {header, std::span<std::byte>(frame.body)}) {
    if (part.empty()) continue;
    CLOISTER_TRY(bool more, receive_all(socket_.number(), part, frame.descriptors, deadline));
    if (!more) return base::fail(errors::bad_frame, "the connection ended inside a frame");
  }
  if (frame.descriptors.size() != prefix.descriptors)
    return base::fail(errors::bad_frame, "a frame did not bring the descriptors that it names");
  return frame;
}

void FrameSocket::shut_down() {
  ::shutdown(socket_.number(), SHUT_RDWR);
}

}  // namespace cloister::io
