// SPDX-License-Identifier: Apache-2.0
#include "socket_step.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/io/errors.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cloister::io {
namespace {

namespace limits = base::limits;

constexpr std::size_t growth_bytes = 1u << 20;

struct Control {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * limits::frame_descriptors_max)> bytes;
};

bool would_block(int number) {
  return number == EAGAIN || number == EWOULDBLOCK;
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

}  // namespace

base::Result<std::optional<std::size_t>> send_step(int socket, base::ByteView bytes,
                                                   std::span<const int> descriptors) {
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
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (would_block(errno)) return std::nullopt;
  if (errno == EPIPE || errno == ECONNRESET)
    return base::fail(errors::closed, "the other side closed the connection");
  return base::fail_errno(errors::system, "cannot send", errno);
}

base::Result<std::optional<std::size_t>> receive_step(int socket, std::span<std::byte> out,
                                                      std::vector<Descriptor>& descriptors) {
  iovec part{.iov_base = out.data(), .iov_len = out.size()};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t got = 0;
  do {
    got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && would_block(errno)) return std::nullopt;
  if (got < 0 && errno == ECONNRESET) return std::size_t{0};
  if (got < 0) return base::fail_errno(errors::system, "cannot receive", errno);
  take_descriptors(message, descriptors);
  if ((message.msg_flags & MSG_CTRUNC) != 0 || descriptors.size() > limits::frame_descriptors_max)
    return base::fail(errors::bad_frame, "a frame brought too many descriptors");
  return static_cast<std::size_t>(got);
}

base::Result<OutgoingFrame> begin_sending(const Frame& frame) {
  if (frame.header.size() > limits::frame_header_bytes_max ||
      frame.body.size() > limits::frame_body_bytes_max ||
      frame.descriptors.size() > limits::frame_descriptors_max)
    return base::fail(errors::bad_frame, "a frame is larger than allowed");
  auto prefix =
      encode_frame_prefix({.header_bytes = static_cast<std::uint32_t>(frame.header.size()),
                           .body_bytes = frame.body.size(),
                           .descriptors = static_cast<std::uint8_t>(frame.descriptors.size())});
  OutgoingFrame outgoing;
  base::ByteView header = base::as_bytes(frame.header);
  outgoing.start.reserve(prefix.size() + header.size());
  outgoing.start.insert(outgoing.start.end(), prefix.begin(), prefix.end());
  outgoing.start.insert(outgoing.start.end(), header.begin(), header.end());
  for (const Descriptor& descriptor : frame.descriptors)
    outgoing.descriptors.push_back(descriptor.number());
  return outgoing;
}

std::span<std::byte> IncomingFrame::wanted() {
  switch (stage_) {
    case Stage::prefix:
      return std::span<std::byte>(start_).subspan(filled_);
    case Stage::header: {
      std::size_t left = prefix_.header_bytes - filled_;
      frame_.header.resize(filled_ + std::min(left, growth_bytes));
      return std::as_writable_bytes(std::span<char>(frame_.header)).subspan(filled_);
    }
    case Stage::body: {
      std::size_t left = static_cast<std::size_t>(prefix_.body_bytes) - filled_;
      frame_.body.resize(filled_ + std::min(left, growth_bytes));
      return std::span<std::byte>(frame_.body).subspan(filled_);
    }
    case Stage::complete:
      return {};
  }
  return {};
}

base::Outcome IncomingFrame::arrived(std::size_t count) {
  filled_ += count;
  if (stage_ == Stage::prefix && filled_ == frame_prefix_bytes) {
    CLOISTER_TRY(prefix_, parse_frame_prefix(start_, limits_));
    // Address space only; pages come with the bytes.
    frame_.body.reserve(static_cast<std::size_t>(prefix_.body_bytes));
    advance();
  }
  if (stage_ == Stage::header && filled_ == prefix_.header_bytes) advance();
  if (stage_ == Stage::body && filled_ == prefix_.body_bytes) advance();
  return {};
}

void IncomingFrame::advance() {
  stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
  filled_ = 0;
}

base::Result<Frame> IncomingFrame::take() {
  if (frame_.descriptors.size() != prefix_.descriptors)
    return base::fail(errors::bad_frame, "a frame did not bring the descriptors that it names");
  return std::move(frame_);
}

base::Error ended_inside_frame() {
  return {errors::bad_frame, "the connection ended inside a frame"};
}

}  // namespace cloister::io
