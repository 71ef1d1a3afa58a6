// SPDX-License-Identifier: Apache-2.0
// One WebSocket connection (RFC 6455), the server's end.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/io/byte_stream.hpp"
#include "cloister/io/task.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cloister::http {

enum class MessageKind { text, binary };
struct Message {
  MessageKind kind = MessageKind::text;
  base::Bytes bytes;
};
Message text_message(std::string_view text);

enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,  // JupyterLab does not come back
  protocol_error = 1002,
  bad_data = 1007,
  policy = 1008,
  too_large = 1009,
  internal = 1011,
  restart = 1012,  // JupyterLab comes back
};

struct WebSocketOptions {
  // A whole message: cell outputs and widgets' buffers travel in one. Memory grows with what has
  // arrived.
  std::size_t message_bytes_max = 256u << 20;
  std::size_t fragment_bytes = 1u << 20;  // of what we send, so that pings get through between
  std::chrono::milliseconds ping_every{30'000};
  std::chrono::milliseconds silence_max{90'000};  // then the other side is gone
  io::Pace pace{.window = std::chrono::seconds(60), .bytes_min = 4096};  // of a slow reader
};

// For the handler of a WebSocketRoute, which owns the conversation: when it returns the socket is
// closed (1000, or what close() said). On the loop's thread only. One task may receive while others
// send; a handler that only sends must receive too, or it hears of no goodbye. Pings are answered,
// and their silence is counted, while somebody receives.
class WebSocket {
 public:
  struct State;  // private to this module
  explicit WebSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}

  // The next whole message. http.socket-closed after a goodbye or when the connection is gone,
  // http.socket-protocol when the other side broke a rule (and was told: 1002, 1007, 1009),
  // io.timeout after silence, io.cancelled.
  io::Task<base::Result<Message>> receive();

  // Ends when the kernel took all bytes, so a sender cannot outrun its reader. Sends of several
  // tasks go out whole, in their order. http.socket-closed, io.timeout (the reader is too slow),
  // io.cancelled: when either comes inside a frame, the connection is gone.
  io::Task<base::Outcome> send(Message message);
  // The same from several parts without copying; they outlive the call.
  io::Task<base::Outcome> send_parts(MessageKind kind, std::span<const base::ByteView> parts);
  // Bytes of messages that were given to send() and are not with the kernel yet.
  std::size_t queued_bytes() const;

  // Says goodbye; later sends fail, receive() ends when the other side agrees.
  io::Task<base::Outcome> close(CloseCode code, std::string_view reason = {});
  bool open() const;
  // The code that the other side closed with; 1005 when it gave none, 1006 when it just went.
  std::uint16_t close_code() const;
  std::string_view subprotocol() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace cloister::http
