// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/frame_socket.hpp"

#include "cloister/io/errors.hpp"

#include "socket_step.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace cloister::io {
namespace {

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

base::Outcome send_all(int socket, base::ByteView bytes, std::span<const int> descriptors,
                       Deadline deadline) {
  while (!bytes.empty()) {
    CLOISTER_TRY(std::optional<std::size_t> sent, send_step(socket, bytes, descriptors));
    if (!sent) {
      CLOISTER_TRY_DO(wait_ready(socket, POLLOUT, deadline));
      continue;
    }
    bytes = bytes.subspan(*sent);
    descriptors = {};
  }
  return {};
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
  CLOISTER_TRY(OutgoingFrame outgoing, begin_sending(frame));
  CLOISTER_TRY_DO(send_all(socket_.number(), outgoing.start, outgoing.descriptors, deadline));
  return send_all(socket_.number(), frame.body, {}, deadline);
}

base::Result<Frame> FrameSocket::receive(Deadline deadline, const FrameLimits& limits) {
  IncomingFrame incoming(limits);
  for (auto wanted = incoming.wanted(); !wanted.empty(); wanted = incoming.wanted()) {
    CLOISTER_TRY(std::optional<std::size_t> got,
                 receive_step(socket_.number(), wanted, incoming.descriptors()));
    if (!got) {
      CLOISTER_TRY_DO(wait_ready(socket_.number(), POLLIN, deadline));
      continue;
    }
    if (*got == 0 && !incoming.begun())
      return base::fail(errors::closed, "the other side closed the connection");
    if (*got == 0) return std::unexpected(ended_inside_frame());
    CLOISTER_TRY_DO(incoming.arrived(*got));
  }
  return incoming.take();
}

void FrameSocket::shut_down() {
  ::shutdown(socket_.number(), SHUT_RDWR);
}

}  // namespace cloister::io
