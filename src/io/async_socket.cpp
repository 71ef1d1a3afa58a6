// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/async_socket.hpp"

#include "cloister/base/check.hpp"
#include "cloister/base/log.hpp"
#include "cloister/io/condition.hpp"
#include "cloister/io/errors.hpp"

#include "event_loop_state.hpp"
#include "socket_step.hpp"
#include "turn.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace cloister::io {

using Stream = asio::posix::stream_descriptor;

struct AsyncFrameSocket::State {
  State(EventLoop& used, int number) : loop(used), stream(used.state().context, number) {}
  EventLoop& loop;
  Stream stream;
  bool sending = false;
  bool receiving = false;
};

namespace {

Task<base::Outcome> send_all(EventLoop& loop, Stream& stream, base::ByteView bytes,
                             std::span<const int> descriptors, Deadline deadline) {
  while (!bytes.empty()) {
    CLOISTER_CO_TRY(std::optional<std::size_t> sent,
                    send_step(stream.native_handle(), bytes, descriptors));
    if (!sent) {
      CLOISTER_CO_TRY_DO(co_await wait_ready(loop, stream, Stream::wait_write, deadline));
      continue;
    }
    bytes = bytes.subspan(*sent);
    descriptors = {};
  }
  co_return base::Outcome{};
}

// `state` keeps the socket alive while the task waits in it.
template <typename State>
Task<base::Outcome> send_frame(std::shared_ptr<State> state, Frame frame, Deadline deadline) {
  Turn turn(state->sending);
  if (co_await is_cancelled()) co_return was_cancelled();
  CLOISTER_CO_TRY(OutgoingFrame outgoing, begin_sending(frame));
  CLOISTER_CO_TRY_DO(co_await send_all(state->loop, state->stream, outgoing.start,
                                       outgoing.descriptors, deadline));
  std::span<const int> none;
  co_return co_await send_all(state->loop, state->stream, frame.body, none, deadline);
}

template <typename State>
Task<base::Result<Frame>> receive_frame(std::shared_ptr<State> state, Deadline deadline) {
  Turn turn(state->receiving);
  if (co_await is_cancelled()) co_return was_cancelled();
  IncomingFrame incoming;
  for (auto wanted = incoming.wanted(); !wanted.empty(); wanted = incoming.wanted()) {
    CLOISTER_CO_TRY(std::optional<std::size_t> got,
                    receive_step(state->stream.native_handle(), wanted, incoming.descriptors()));
    if (!got) {
      CLOISTER_CO_TRY_DO(
          co_await wait_ready(state->loop, state->stream, Stream::wait_read, deadline));
      continue;
    }
    if (*got == 0 && !incoming.begun())
      co_return base::fail(errors::closed, "the other side closed the connection");
    if (*got == 0) co_return std::unexpected(ended_inside_frame());
    CLOISTER_CO_TRY_DO(incoming.arrived(*got));
  }
  co_return incoming.take();
}

}  // namespace

AsyncFrameSocket::AsyncFrameSocket(EventLoop& loop, Descriptor socket)
    : state_(std::make_shared<State>(loop, socket.release())) {}

AsyncFrameSocket::~AsyncFrameSocket() {
  if (state_) shut_down();
}

AsyncFrameSocket::AsyncFrameSocket(AsyncFrameSocket&& other) noexcept = default;

AsyncFrameSocket& AsyncFrameSocket::operator=(AsyncFrameSocket&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Task<base::Outcome> AsyncFrameSocket::send(Frame frame, Deadline deadline) {
  return send_frame(state_, std::move(frame), deadline);
}

Task<base::Result<Frame>> AsyncFrameSocket::receive(Deadline deadline) {
  return receive_frame(state_, deadline);
}

void AsyncFrameSocket::shut_down() {
  ::shutdown(state_->stream.native_handle(), SHUT_RDWR);
}

int AsyncFrameSocket::number() const {
  return state_->stream.native_handle();
}

base::Result<Peer> peer_of(const Descriptor& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return base::fail_errno(errors::system, "cannot ask who is connected", errno);
  return Peer{.process = credentials.pid, .user = credentials.uid, .group = credentials.gid};
}

namespace {

struct Serving {
  Serving(EventLoop& loop, Handler chosen) : handle(std::move(chosen)), ended(loop) {}
  Handler handle;
  std::size_t running = 0;
  Condition ended;
};

// The handler lives in `serving`: a coroutine lambda's captures belong to the lambda, not its
// frame.
Task<> handle_one(std::shared_ptr<Serving> serving, Descriptor connection) {
  struct Count {
    explicit Count(Serving& counted) : serving(counted) { ++serving.running; }
    ~Count() {
      --serving.running;
      serving.ended.notify_one();
    }
    Serving& serving;
  } count(*serving);
  co_await serving->handle(std::move(connection));
}

}  // namespace

Task<base::Outcome> serve_connections(EventLoop& loop, TaskGroup& group, Descriptor listener,
                                      std::size_t connections_max, Handler handle) {
  auto serving = std::make_shared<Serving>(loop, std::move(handle));
  int flags = fcntl(listener.number(), F_GETFL);
  if (flags < 0 || fcntl(listener.number(), F_SETFL, flags | O_NONBLOCK) != 0)
    co_return base::fail_errno(errors::system, "cannot accept connections", errno);
  Stream stream(loop.state().context, listener.release());
  for (;;) {
    while (serving->running >= connections_max)
      CLOISTER_CO_TRY_DO(co_await serving->ended.wait(no_deadline));
    Descriptor connection(accept4(stream.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
    int error = errno;
    if (connection.open()) {
      if (!group.spawn(handle_one(serving, std::move(connection)))) co_return was_cancelled();
    } else if (error == EAGAIN || error == EWOULDBLOCK) {
      CLOISTER_CO_TRY_DO(co_await wait_ready(loop, stream, Stream::wait_read, no_deadline));
    } else if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) {
      base::log_info("cloister: no descriptor is left for a new connection");
      CLOISTER_CO_TRY_DO(
          co_await sleep_until(loop, loop.deadline_in(std::chrono::milliseconds(100))));
    } else if (error != EINTR && error != ECONNABORTED) {
      co_return base::fail_errno(errors::system, "cannot accept connections", error);
    }
  }
}

}  // namespace cloister::io
