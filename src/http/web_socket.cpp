// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/web_socket.hpp"

#include "cloister/base/check.hpp"
#include "cloister/http/errors.hpp"
#include "cloister/io/errors.hpp"

#include "web_socket_state.hpp"

#include <algorithm>
#include <utility>

namespace cloister::http {
namespace {

using Shared = std::shared_ptr<WebSocket::State>;

class Receiving {
 public:
  explicit Receiving(WebSocket::State& state) : state_(state) {
    CLOISTER_CHECK(!state_.receiving);
    state_.receiving = true;
    state_.heard = state_.loop.now();  // silence counts while somebody listens
  }
  ~Receiving() { state_.receiving = false; }
  Receiving(const Receiving&) = delete;
  Receiving& operator=(const Receiving&) = delete;

 private:
  WebSocket::State& state_;
};

std::unexpected<base::Error> gone() {
  return base::fail(errors::socket_closed, "the other side closed the WebSocket");
}

// Tells the other side which rule it broke, and that is the end.
io::Task<base::Error> refuse(Shared state, CloseCode code, std::string what) {
  base::Error error(errors::socket_protocol, "the WebSocket's rules were broken: " + what);
  (void)co_await send_close(state, static_cast<std::uint16_t>(code), std::move(what));
  state->broken = true;
  state->stream.end_writing();
  co_return error;
}

io::Task<base::Outcome> read_more(Shared state) {
  io::Deadline deadline = state->heard + state->options.silence_max;
  base::Result<std::size_t> got = co_await state->inbound.fill(deadline);
  if (got && *got > 0) {
    state->heard = state->loop.now();
    co_return base::Outcome{};
  }
  bool cancelled = !got && got.error().is(io::errors::cancelled);
  if (cancelled) co_return std::unexpected(std::move(got).error());
  state->broken = true;
  bool late = !got && got.error().is(io::errors::timeout);
  state->stream.shut_down();
  if (late) co_return std::unexpected(std::move(got).error());
  co_return gone();
}

io::Task<base::Outcome> read_head(Shared state) {
  while (!state->incoming.head) {
    base::Result<std::optional<FrameHead>> head = parse_frame_head(state->inbound.view());
    if (!head)
      co_return std::unexpected(
          co_await refuse(state, CloseCode::protocol_error, std::move(head).error().message));
    if (!*head) {
      CLOISTER_CO_TRY_DO(co_await read_more(state));
      continue;
    }
    state->inbound.consume((*head)->head_bytes);
    state->incoming.head = **head;
    state->incoming.done = 0;
  }
  co_return base::Outcome{};
}

// Moves the frame's payload behind `into`, unmasked, and checks text as it comes.
io::Task<base::Outcome> read_payload(Shared state, base::Bytes& into, Utf8Check* text) {
  const FrameHead head = *state->incoming.head;
  std::uint64_t& done = state->incoming.done;
  while (done < head.length) {
    if (state->inbound.view().empty()) CLOISTER_CO_TRY_DO(co_await read_more(state));
    std::span<std::byte> there = state->inbound.writable();
    auto step = static_cast<std::size_t>(std::min<std::uint64_t>(there.size(), head.length - done));
    there = there.first(step);
    apply_mask(there, head.mask, done);
    if (text != nullptr && !text->feed(there))
      co_return std::unexpected(
          co_await refuse(state, CloseCode::bad_data, "a text is not valid UTF-8"));
    into.insert(into.end(), there.begin(), there.end());
    state->inbound.consume(step);
    done += step;
  }
  state->incoming.head.reset();
  co_return base::Outcome{};
}

io::Task<base::Outcome> answer_close(Shared state, base::Bytes payload) {
  base::Result<CloseNote> note = parse_close(payload);
  if (!note)
    co_return std::unexpected(
        co_await refuse(state, CloseCode::protocol_error, std::move(note).error().message));
  state->close_received = true;
  state->close_code = note->code;
  std::uint16_t echo = note->code == 1005 ? std::uint16_t{1000} : note->code;
  (void)co_await send_close(state, echo, std::string());
  co_return gone();
}

io::Task<base::Outcome> answer_control(Shared state) {
  Opcode opcode = state->incoming.head->opcode;
  CLOISTER_CO_TRY_DO(co_await read_payload(state, state->incoming.control, nullptr));
  base::Bytes payload = std::exchange(state->incoming.control, {});
  if (opcode == Opcode::close) co_return co_await answer_close(state, std::move(payload));
  if (opcode == Opcode::ping) (void)co_await send_control(state, Opcode::pong, std::move(payload));
  co_return base::Outcome{};
}

// What is wrong with a data frame at this place.
struct Objection {
  CloseCode code;
  std::string what;
};
std::optional<Objection> objection_to(const WebSocket::State& state) {
  const FrameHead& head = *state.incoming.head;
  if (state.incoming.done > 0) return std::nullopt;  // it passed before
  if (head.opcode == Opcode::continuation && !state.incoming.begun)
    return Objection{CloseCode::protocol_error, "a message has no beginning"};
  if (head.opcode != Opcode::continuation && state.incoming.begun)
    return Objection{CloseCode::protocol_error, "a message begins inside another one"};
  if (head.length > state.options.message_bytes_max - state.incoming.message.bytes.size())
    return Objection{CloseCode::too_large, "a message is too large"};
  return std::nullopt;
}

// A data frame; true when the message is whole.
io::Task<base::Result<bool>> take_data(Shared state) {
  Incoming& incoming = state->incoming;
  if (auto objection = objection_to(*state))
    co_return std::unexpected(co_await refuse(state, objection->code, std::move(objection->what)));
  bool final = incoming.head->final;
  if (incoming.head->opcode == Opcode::binary) incoming.message.kind = MessageKind::binary;
  Utf8Check* check = incoming.message.kind == MessageKind::text ? &incoming.text : nullptr;
  CLOISTER_CO_TRY_DO(co_await read_payload(state, incoming.message.bytes, check));
  incoming.begun = true;
  if (final && check != nullptr && !check->complete())
    co_return std::unexpected(
        co_await refuse(state, CloseCode::bad_data, "a text ends inside a character"));
  co_return final;
}

io::Task<base::Result<Message>> receive_message(Shared state) {
  Receiving receiving(*state);
  if (co_await io::is_cancelled()) co_return base::fail(io::errors::cancelled, "cancelled");
  if (state->broken || state->close_received) co_return gone();
  for (;;) {
    CLOISTER_CO_TRY_DO(co_await read_head(state));
    if (is_control(state->incoming.head->opcode)) {
      CLOISTER_CO_TRY_DO(co_await answer_control(state));
      continue;
    }
    CLOISTER_CO_TRY(bool whole, co_await take_data(state));
    if (whole) co_return std::exchange(state->incoming, Incoming{}).message;
  }
}

}  // namespace

Message text_message(std::string_view text) {
  return {.kind = MessageKind::text, .bytes = base::to_bytes(text)};
}

io::Task<base::Result<Message>> WebSocket::receive() {
  return receive_message(state_);
}

bool WebSocket::open() const {
  return !state_->broken && !state_->close_sent && !state_->close_received;
}

std::uint16_t WebSocket::close_code() const {
  return state_->close_code;
}

std::string_view WebSocket::subprotocol() const {
  return state_->subprotocol;
}

}  // namespace cloister::http
