// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/check.hpp"
#include "cloister/http/errors.hpp"
#include "cloister/io/errors.hpp"

#include "web_socket_state.hpp"

#include <algorithm>
#include <array>

namespace cloister::http {
namespace {

using Shared = std::shared_ptr<WebSocket::State>;

std::unexpected<base::Error> is_closed() {
  return base::fail(errors::socket_closed, "the WebSocket is closed");
}

class Turn {
 public:
  explicit Turn(Turns& turns) : turns_(turns) {}
  ~Turn() { turns_.leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Turns& turns_;
};

// Counts what waits to be sent, whatever ends the wait.
class Queued {
 public:
  Queued(Shared state, std::size_t bytes) : state_(std::move(state)), bytes_(bytes) {
    state_->queued_bytes += bytes_;
  }
  ~Queued() { state_->queued_bytes -= bytes_; }
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;
  void sent(std::size_t bytes) {
    state_->queued_bytes -= bytes;
    bytes_ -= bytes;
  }

 private:
  Shared state_;
  std::size_t bytes_;
};

// A frame that was begun and not finished makes the connection useless.
io::Task<base::Outcome> send_frame(Shared state, bool final, Opcode opcode,
                                   std::span<const base::ByteView> parts) {
  CLOISTER_CO_TRY_DO(co_await state->frames.take());
  Turn turn(state->frames);
  if (state->broken || (state->close_sent && opcode != Opcode::close)) co_return is_closed();
  std::size_t length = 0;
  for (base::ByteView part : parts) length += part.size();
  EncodedHead head = encode_frame_head(final, opcode, length);
  std::vector<base::ByteView> all{head.view()};
  all.insert(all.end(), parts.begin(), parts.end());
  base::Outcome sent = co_await state->stream.write(all, state->options.pace);
  if (!sent) {
    state->broken = true;
    state->stream.shut_down();
  }
  co_return sent;
}

// The next `most` bytes of several parts.
std::vector<base::ByteView> take_front(std::vector<base::ByteView>& parts, std::size_t most) {
  std::vector<base::ByteView> front;
  std::size_t used = 0;
  for (; used < parts.size() && most > 0; ++used) {
    base::ByteView& part = parts[used];
    std::size_t step = std::min(most, part.size());
    front.push_back(part.first(step));
    part = part.subspan(step);
    most -= step;
    if (!part.empty()) break;
  }
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(used));
  return front;
}

io::Task<base::Outcome> send_message(Shared state, MessageKind kind,
                                     std::span<const base::ByteView> parts) {
  std::size_t length = 0;
  for (base::ByteView part : parts) length += part.size();
  Queued queued(state, length);
  if (state->broken || state->close_sent) co_return is_closed();
  CLOISTER_CO_TRY_DO(co_await state->messages.take());
  Turn turn(state->messages);
  std::vector<base::ByteView> remaining(parts.begin(), parts.end());
  Opcode opcode = kind == MessageKind::text ? Opcode::text : Opcode::binary;
  do {
    std::size_t step = std::min(length, state->options.fragment_bytes);
    std::vector<base::ByteView> fragment = take_front(remaining, step);
    length -= step;
    base::Outcome sent = co_await send_frame(state, length == 0, opcode, fragment);
    if (!sent) co_return sent;
    queued.sent(step);
    opcode = Opcode::continuation;
  } while (length > 0);
  co_return base::Outcome{};
}

io::Task<base::Outcome> send_whole(Shared state, Message message) {
  std::array<base::ByteView, 1> parts{message.bytes};
  co_return co_await send_message(std::move(state), message.kind, parts);
}

base::Bytes close_payload(std::uint16_t code, std::string_view reason) {
  base::Bytes payload(2);
  base::store_big_endian(payload.data(), code);
  base::ByteView text = base::as_bytes(reason.substr(0, 123));
  payload.insert(payload.end(), text.begin(), text.end());
  return payload;
}

io::Task<> ping_regularly(Shared state) {
  for (;;) {
    base::Outcome slept =
        co_await io::sleep_until(state->loop, state->loop.deadline_in(state->options.ping_every));
    if (!slept || state->broken) co_return;
    base::Outcome sent = co_await send_control(state, Opcode::ping, base::Bytes());
    if (!sent) co_return;
  }
}

// What still arrives is of no interest; the other side's goodbye is.
io::Task<base::Outcome> discard_until_goodbye(Shared state) {
  WebSocket socket(std::move(state));
  for (;;) {
    base::Result<Message> message = co_await socket.receive();
    if (!message) co_return base::Outcome{};
  }
}

}  // namespace

io::Task<base::Outcome> Turns::take() {
  if (co_await io::is_cancelled()) co_return base::fail(io::errors::cancelled, "cancelled");
  auto place = waiting_.insert(waiting_.end(), next_ticket_++);
  base::Outcome waited;
  while (waited && (taken_ || place != waiting_.begin()))
    waited = co_await freed_.wait(io::no_deadline);
  waiting_.erase(place);
  if (waited)
    taken_ = true;
  else
    freed_.notify_all();  // whoever stood behind may be the first one now
  co_return waited;
}

void Turns::leave() {
  taken_ = false;
  freed_.notify_all();
}

io::Task<base::Outcome> send_control(Shared state, Opcode opcode, base::Bytes payload) {
  std::array<base::ByteView, 1> parts{payload};
  co_return co_await send_frame(std::move(state), true, opcode, parts);
}

io::Task<base::Outcome> send_close(Shared state, std::uint16_t code, std::string reason) {
  if (state->close_sent || state->broken) co_return is_closed();
  state->close_sent = true;
  base::Bytes payload = close_payload(code, reason);
  co_return co_await send_control(std::move(state), Opcode::close, std::move(payload));
}

void start_pings(const Shared& state) {
  state->pings.spawn(ping_regularly(state));
}

io::Task<> finish_web_socket(Shared state, CloseCode when_cancelled) {
  constexpr std::chrono::milliseconds patience(2000);
  co_await state->pings.stop();
  if (co_await io::is_cancelled()) {
    // Waiting is over; a frame that is under way leaves no place for another one.
    EncodedHead head = encode_frame_head(true, Opcode::close, 2);
    base::Bytes frame(head.view().begin(), head.view().end());
    base::Bytes payload = close_payload(static_cast<std::uint16_t>(when_cancelled), {});
    frame.insert(frame.end(), payload.begin(), payload.end());
    if (!state->broken && !state->close_sent && !state->frames.taken())
      state->stream.write_now(frame);
    co_return;
  }
  CloseCode code = state->failed ? CloseCode::internal : CloseCode::normal;
  (void)co_await send_close(state, static_cast<std::uint16_t>(code), std::string());
  if (state->broken || state->close_received) co_return;
  io::Deadline deadline = state->loop.deadline_in(patience);
  (void)co_await io::with_deadline(state->loop, discard_until_goodbye(state), deadline);
}

io::Task<base::Outcome> WebSocket::send(Message message) {
  return send_whole(state_, std::move(message));
}

io::Task<base::Outcome> WebSocket::send_parts(MessageKind kind,
                                              std::span<const base::ByteView> parts) {
  return send_message(state_, kind, parts);
}

std::size_t WebSocket::queued_bytes() const {
  return state_->queued_bytes;
}

io::Task<base::Outcome> WebSocket::close(CloseCode code, std::string_view reason) {
  return send_close(state_, static_cast<std::uint16_t>(code), std::string(reason));
}

}  // namespace cloister::http
