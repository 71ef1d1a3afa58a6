// SPDX-License-Identifier: Apache-2.0
// One connection: requests one after another, perhaps a WebSocket at the end.
#pragma once

#include "cloister/io/byte_stream.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/io/task.hpp"

#include "dispatch.hpp"
#include "inbound.hpp"
#include "request_parser.hpp"
#include "server_state.hpp"

#include <optional>

namespace cloister::http {

class Connection {
 public:
  Connection(Server::State& server, io::Descriptor socket, std::optional<uid_t> peer_user_id);
  io::Task<> run();
  io::Task<> refuse_for_want_of_room();

 private:
  enum class Next { request, close };

  io::Task<Next> exchange();
  // Nothing when the connection ended, or was idle for too long, before a request.
  io::Task<base::Result<std::optional<RequestHead>>> read_head();
  io::Task<Next> answer(RequestHead head);
  io::Task<Response> answer_plain(const RequestHead& head, Request& request, Dispatch& chosen);
  io::Task<base::Result<std::string>> read_body(const RequestHead& head, std::size_t bytes_max);
  io::Task<Next> converse(Request request, const WebSocketRoute& route);

  io::Task<Next> respond(const Request& request, const Caller& caller, Response response);
  io::Task<base::Outcome> write(const Request& request, Response response);
  io::Task<base::Outcome> write_file(std::string head, FileRegion region);
  io::Task<Next> refuse(const base::Error& error);
  // Reads on for a moment, so that the last answer is not lost in a reset.
  io::Task<> linger();
  void note(const Request& request, unsigned status);

  Server::State& server_;
  io::ByteStream stream_;
  Inbound inbound_;
  std::optional<RequestParser> parser_;
  std::optional<uid_t> peer_user_id_;
  std::chrono::steady_clock::time_point began_;
  bool keep_alive_ = false;
};

}  // namespace cloister::http
