// SPDX-License-Identifier: Apache-2.0
// What a WebSocket is made of; private to this module.
#pragma once

#include "cloister/http/utf8.hpp"
#include "cloister/http/web_socket.hpp"
#include "cloister/http/web_socket_frame.hpp"
#include "cloister/io/condition.hpp"
#include "cloister/io/task_group.hpp"

#include "inbound.hpp"

#include <list>
#include <optional>
#include <string>

namespace cloister::http {

// Tasks take turns, in the order in which they asked.
class Turns {
 public:
  explicit Turns(io::EventLoop& loop) : freed_(loop) {}
  // Waits for its turn; io.cancelled.
  io::Task<base::Outcome> take();
  void leave();
  bool taken() const { return taken_; }

 private:
  io::Condition freed_;
  std::list<std::uint64_t> waiting_;  // tickets, in their order
  std::uint64_t next_ticket_ = 0;
  bool taken_ = false;
};

// A message that arrives. It outlives a receive() that was cancelled: the next one goes on with it.
struct Incoming {
  Message message;
  Utf8Check text;
  bool begun = false;
  std::optional<FrameHead> head;  // of the frame that is being read
  std::uint64_t done = 0;         // of its payload
  base::Bytes control;            // payload of a control frame
};

struct WebSocket::State {
  State(io::EventLoop& used, io::ByteStream& connection, Inbound& arrived, WebSocketOptions chosen,
        std::string protocol)
      : loop(used),
        stream(connection),
        inbound(arrived),
        options(chosen),
        subprotocol(std::move(protocol)),
        messages(used),
        frames(used),
        heard(used.now()),
        pings(used) {}

  io::EventLoop& loop;
  io::ByteStream& stream;
  Inbound& inbound;
  const WebSocketOptions options;
  const std::string subprotocol;

  Turns messages;  // one message goes out at a time,
  Turns frames;    // and control frames between its fragments
  std::size_t queued_bytes = 0;
  bool close_sent = false;
  bool close_received = false;
  bool failed = false;  // the handler did: 1011
  bool broken = false;  // nothing goes in or out any more
  std::uint16_t close_code = 1006;

  Incoming incoming;
  bool receiving = false;
  io::Deadline heard;  // when the other side was last heard of
  io::TaskGroup pings;
};

// Runs pings until stopped; the conversation's end. For the connection.
void start_pings(const std::shared_ptr<WebSocket::State>& state);
// After the handler: says goodbye unless that was done, and waits a little for the other's.
io::Task<> finish_web_socket(std::shared_ptr<WebSocket::State> state, CloseCode when_cancelled);

// The sending half (web_socket_sending.cpp), for the receiving one.
io::Task<base::Outcome> send_control(std::shared_ptr<WebSocket::State> state, Opcode opcode,
                                     base::Bytes payload);
io::Task<base::Outcome> send_close(std::shared_ptr<WebSocket::State> state, std::uint16_t code,
                                   std::string reason);

}  // namespace cloister::http
