// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/byte_stream.hpp"

#include "cloister/base/check.hpp"

#include "event_loop_state.hpp"
#include "turn.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace cloister::io {

using Stream = asio::posix::stream_descriptor;

struct ByteStream::State {
  State(EventLoop& used, int number) : loop(used), stream(used.state().context, number) {}
  EventLoop& loop;
  Stream stream;
  bool reading = false;
  bool writing = false;
};

namespace {

// Nothing when it would block.
base::Result<std::optional<std::size_t>> done_or_error(ssize_t count) {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
  if (errno == EPIPE || errno == ECONNRESET || errno == ETIMEDOUT || errno == ENOTCONN)
    return base::fail(errors::closed, "the other side closed the connection");
  return base::fail_errno(errors::system, "a connection broke", errno);
}

// What is still to be sent of several parts, as the kernel wants it: a few at a time.
class Remainder {
 public:
  explicit Remainder(std::span<const base::ByteView> parts) : parts_(parts) { skip_empty(); }
  bool empty() const { return parts_.empty(); }

  base::Result<std::optional<std::size_t>> send(int socket) const {
    std::array<iovec, 16> vectors{};
    std::size_t count = std::min(parts_.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i) {
      base::ByteView part = i == 0 ? parts_[0].subspan(sent_of_first_) : parts_[i];
      vectors[i] = {const_cast<std::byte*>(part.data()), part.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    return done_or_error(sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  void sent(std::size_t count) {
    while (count > 0) {
      std::size_t step = std::min(count, parts_[0].size() - sent_of_first_);
      sent_of_first_ += step;
      count -= step;
      skip_empty();
    }
  }

 private:
  void skip_empty() {
    while (!parts_.empty() && sent_of_first_ == parts_[0].size()) {
      parts_ = parts_.subspan(1);
      sent_of_first_ = 0;
    }
  }

  std::span<const base::ByteView> parts_;
  std::size_t sent_of_first_ = 0;
};

template <typename State>
Task<base::Result<std::size_t>> read_from(std::shared_ptr<State> state, std::span<std::byte> out,
                                          Deadline deadline) {
  Turn turn(state->reading);
  if (co_await is_cancelled()) co_return was_cancelled();
  for (;;) {
    CLOISTER_CO_TRY(
        std::optional<std::size_t> got,
        done_or_error(recv(state->stream.native_handle(), out.data(), out.size(), MSG_DONTWAIT)));
    if (got) co_return *got;
    CLOISTER_CO_TRY_DO(
        co_await wait_ready(state->loop, state->stream, Stream::wait_read, deadline));
  }
}

// The last window counts from the latest one in which enough moved.
template <typename State>
Task<base::Outcome> write_to(std::shared_ptr<State> state, std::span<const base::ByteView> parts,
                             Pace pace) {
  Turn turn(state->writing);
  if (co_await is_cancelled()) co_return was_cancelled();
  Remainder remainder(parts);
  Deadline deadline = state->loop.deadline_in(pace.window);
  std::size_t moved = 0;
  while (!remainder.empty()) {
    CLOISTER_CO_TRY(std::optional<std::size_t> sent, remainder.send(state->stream.native_handle()));
    if (!sent) {
      CLOISTER_CO_TRY_DO(
          co_await wait_ready(state->loop, state->stream, Stream::wait_write, deadline));
      continue;
    }
    remainder.sent(*sent);
    moved += *sent;
    if (moved < pace.bytes_min) continue;
    moved = 0;
    deadline = state->loop.deadline_in(pace.window);
  }
  co_return base::Outcome{};
}

}  // namespace

ByteStream::ByteStream(EventLoop& loop, Descriptor socket)
    : state_(std::make_shared<State>(loop, socket.release())) {}

ByteStream::~ByteStream() {
  if (state_) shut_down();
}

ByteStream::ByteStream(ByteStream&& other) noexcept = default;

ByteStream& ByteStream::operator=(ByteStream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Task<base::Result<std::size_t>> ByteStream::read_some(std::span<std::byte> out, Deadline deadline) {
  return read_from(state_, out, deadline);
}

Task<base::Outcome> ByteStream::write(std::span<const base::ByteView> parts, Pace pace) {
  return write_to(state_, parts, pace);
}

std::size_t ByteStream::write_now(base::ByteView bytes) {
  ssize_t sent =
      send(state_->stream.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void ByteStream::end_writing() {
  ::shutdown(state_->stream.native_handle(), SHUT_WR);
}

void ByteStream::shut_down() {
  ::shutdown(state_->stream.native_handle(), SHUT_RDWR);
}

int ByteStream::number() const {
  return state_->stream.native_handle();
}

}  // namespace cloister::io
