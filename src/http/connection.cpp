// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include "cloister/http/errors.hpp"
#include "cloister/io/errors.hpp"

#include "compression.hpp"
#include "conditional.hpp"
#include "response_head.hpp"
#include "web_socket_handshake.hpp"
#include "web_socket_state.hpp"

#include <algorithm>
#include <array>

namespace cloister::http {
namespace {

using std::chrono::milliseconds;

// A promise of memory for a body, given back when the exchange is over.
class Promised {
 public:
  Promised(Server::State& server, std::size_t bytes) : server_(server), bytes_(bytes) {
    server_.bodies_bytes += bytes_;
  }
  ~Promised() { server_.bodies_bytes -= bytes_; }
  Promised(const Promised&) = delete;
  Promised& operator=(const Promised&) = delete;

 private:
  Server::State& server_;
  std::size_t bytes_;
};

bool is_of_the_connection(const base::Error& error) {
  return error.is(io::errors::closed) || error.is(io::errors::cancelled) ||
         error.is(io::errors::system);
}

// A handler that throws is a bug of ours; its caller gets an answer, without the exception's words.
io::Task<Response> handled(const Handler& handler, Request request) {
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception&) {
    co_return error(500, "Unhandled error");
  }
}

io::Task<std::optional<Response>> checked(const WebSocketCheck& check, const Request& request) {
  try {
    co_return co_await check(request);
  } catch (const std::exception&) {
    co_return error(500, "Unhandled error");
  }
}

Request nameless(const Server::State& server) {
  Request request;
  request.base_url = server.options.base_url;
  return request;
}

}  // namespace

Connection::Connection(Server::State& server, io::Descriptor socket,
                       std::optional<uid_t> peer_user_id)
    : server_(server),
      stream_(server.loop, std::move(socket)),
      inbound_(stream_),
      peer_user_id_(peer_user_id) {}

io::Task<> Connection::run() {
  Next next = Next::request;
  while (next == Next::request && !co_await io::is_cancelled()) next = co_await exchange();
  co_await linger();
}

io::Task<Connection::Next> Connection::exchange() {
  keep_alive_ = false;
  parser_.emplace(server_.options.limits.head_bytes_max);
  base::Result<std::optional<RequestHead>> head = co_await read_head();
  if (!head) co_return co_await refuse(head.error());
  if (!*head) co_return Next::close;
  began_ = server_.clock.monotonic();
  co_return co_await answer(**std::move(head));
}

io::Task<base::Result<std::optional<RequestHead>>> Connection::read_head() {
  const Limits& limits = server_.options.limits;
  io::Deadline deadline = server_.loop.deadline_in(limits.idle_time);
  bool begun = false;
  for (;;) {
    if (!begun && !inbound_.view().empty()) {
      begun = true;
      deadline = server_.loop.deadline_in(limits.head_time);
    }
    CLOISTER_CO_TRY(std::size_t taken, parser_->put(inbound_.view()));
    inbound_.consume(taken);
    if (parser_->has_head()) break;
    if (inbound_.view().size() > limits.head_bytes_max)
      co_return base::fail(errors::head_too_large, "the request's head is too large");
    base::Result<std::size_t> got = co_await inbound_.fill(deadline);
    if (!got && begun) co_return std::unexpected(std::move(got).error());
    if (!got || *got == 0) co_return std::nullopt;
  }
  CLOISTER_CO_TRY(RequestHead head, parser_->head());
  co_return head;
}

io::Task<Connection::Next> Connection::answer(RequestHead head) {
  base::Result<Request> request = request_of(server_, head);
  if (!request) co_return co_await refuse(request.error());
  request->peer_user_id = peer_user_id_;
  bool upgrade = asks_for_web_socket(head.headers) && request->method == Method::get;
  Exchange kind = upgrade ? Exchange::web_socket : Exchange::plain;
  Dispatch chosen = dispatch(server_, *request, kind);
  if (chosen.web_socket != nullptr)
    co_return co_await converse(*std::move(request), *chosen.web_socket);
  Response response = co_await answer_plain(head, *request, chosen);
  // A body that nobody read stands where the next request would.
  keep_alive_ = head.keep_alive && parser_->done() && !co_await io::is_cancelled();
  co_return co_await respond(*request, chosen.caller, std::move(response));
}

io::Task<Response> Connection::answer_plain(const RequestHead& head, Request& request,
                                            Dispatch& chosen) {
  if (chosen.answer) co_return *std::move(chosen.answer);
  const Route& route = *chosen.route;
  constexpr std::size_t form_bytes_max = 64u << 10;
  std::size_t most =
      chosen.awaits_form ? std::min(route.body_bytes, form_bytes_max) : route.body_bytes;
  std::size_t expected =
      head.has_body ? std::min<std::uint64_t>(head.length.value_or(most), most) : 0;
  if (expected > server_.options.limits.bodies_bytes_max - server_.bodies_bytes)
    co_return error(503, "too much is being uploaded at once").with("Retry-After", "5");
  Promised promised(server_, expected);
  base::Result<std::string> body = co_await read_body(head, most);
  if (!body) {
    if (is_of_the_connection(body.error())) co_return error(400, "the request broke off");
    if (body.error().is(io::errors::timeout)) co_return error(408, "the request came too slowly");
    co_return response_to(body.error());
  }
  request.body = *std::move(body);
  if (chosen.awaits_form) {
    std::optional<Response> refused = refusal_of_form(server_, request, chosen);
    if (refused) co_return *std::move(refused);
  }
  Request given = request;
  given.body = std::exchange(request.body, {});
  co_return co_await handled(route.handler, std::move(given));
}

io::Task<base::Result<std::string>> Connection::read_body(const RequestHead& head,
                                                          std::size_t bytes_max) {
  if (!head.has_body) co_return std::string{};
  if (head.length && *head.length > bytes_max)
    co_return base::fail(errors::body_too_large, "the request's body is too large");
  parser_->set_body_bytes_max(bytes_max);
  std::string_view expectation = head.headers.get("Expect");
  if (equal_ignoring_case(expectation, "100-continue") && inbound_.view().empty()) {
    std::array<base::ByteView, 1> parts{base::as_bytes("HTTP/1.1 100 Continue\r\n\r\n")};
    CLOISTER_CO_TRY_DO(co_await stream_.write(parts, server_.options.limits.writing));
  }
  const io::Pace pace = server_.options.limits.reading;
  io::Deadline deadline = server_.loop.deadline_in(pace.window);
  std::size_t moved = 0;
  while (!parser_->done()) {
    CLOISTER_CO_TRY(std::size_t taken, parser_->put(inbound_.view()));
    inbound_.consume(taken);
    if (taken > 0) continue;
    if (inbound_.view().size() > server_.options.limits.head_bytes_max)
      co_return base::fail(errors::bad_request, "the request's body is badly framed");
    CLOISTER_CO_TRY(std::size_t got, co_await inbound_.fill(deadline));
    if (got == 0) co_return base::fail(io::errors::closed, "the request broke off");
    moved += got;
    if (moved < pace.bytes_min) continue;
    moved = 0;
    deadline = server_.loop.deadline_in(pace.window);
  }
  co_return parser_->take_body();
}

io::Task<Connection::Next> Connection::respond(const Request& request, const Caller& caller,
                                               Response response) {
  response = conditioned(request.method, request.headers, std::move(response));
  std::size_t compress_from = server_.options.limits.compress_bytes_min;
  response = co_await compressed(server_.loop, request.headers, std::move(response), compress_from);
  dress(server_, request, caller, response);
  unsigned status = response.status;
  base::Outcome written = co_await write(request, std::move(response));
  note(request, status);
  co_return written&& keep_alive_ ? Next::request : Next::close;
}

io::Task<Connection::Next> Connection::refuse(const base::Error& error) {
  if (is_of_the_connection(error)) co_return Next::close;
  Response response = error.is(io::errors::timeout)
                          ? http::error(408, "the request came too slowly")
                          : response_to(error);
  co_return co_await respond(nameless(server_), Caller(), std::move(response));
}

io::Task<> Connection::refuse_for_want_of_room() {
  Response response = error(503, "too many connections").with("Retry-After", "5");
  dress(server_, nameless(server_), Caller{}, response);
  std::string bytes = encode_head(response, KeepAlive::no, server_.clock.now());
  bytes += std::get<std::string>(response.body);
  stream_.write_now(base::as_bytes(bytes));
  co_await linger();
}

void Connection::note(const Request& request, unsigned status) {
  if (!server_.options.answered) return;
  auto took = server_.clock.monotonic() - began_;
  server_.options.answered({.method = request.method,
                            .path = request.path,
                            .status = status,
                            .username = request.caller ? request.caller->username : std::string{},
                            .took = std::chrono::duration_cast<std::chrono::microseconds>(took)});
}

io::Task<> Connection::linger() {
  constexpr std::size_t bytes_max = 4u << 20;
  stream_.end_writing();
  io::Deadline deadline = server_.loop.deadline_in(milliseconds(1000));
  std::size_t read = 0;
  while (read < bytes_max) {
    inbound_.consume(inbound_.view().size());
    base::Result<std::size_t> got = co_await inbound_.fill(deadline);
    if (!got || *got == 0) co_return;
    read += *got;
  }
}

io::Task<Connection::Next> Connection::converse(Request request, const WebSocketRoute& route) {
  base::Result<Handshake> handshake = shake_hands(request.headers, route.subprotocols);
  if (!handshake) {
    bool other_version = handshake.error().is(errors::version);
    Response refusal = error(other_version ? 426 : 400, handshake.error().message);
    if (other_version) refusal.headers.add("Sec-WebSocket-Version", "13");
    co_return co_await respond(request, Caller(), std::move(refusal));
  }
  if (route.check) {
    std::optional<Response> refusal = co_await checked(route.check, request);
    if (refusal) co_return co_await respond(request, Caller(), *std::move(refusal));
  }
  Response accepted = empty(101)
                          .with("Upgrade", "websocket")
                          .with("Connection", "Upgrade")
                          .with("Sec-WebSocket-Accept", handshake->accept);
  if (!handshake->subprotocol.empty())
    accepted.headers.add("Sec-WebSocket-Protocol", handshake->subprotocol);
  base::Outcome written = co_await write(request, std::move(accepted));
  if (!written) co_return Next::close;
  auto state = std::make_shared<WebSocket::State>(server_.loop, stream_, inbound_, route.options,
                                                  std::move(handshake->subprotocol));
  start_pings(state);
  WebSocket socket(state);
  Request given = request;
  try {
    co_await route.handler(std::move(given), socket);
  } catch (const std::exception&) {
    state->failed = true;
  }
  co_await finish_web_socket(state, server_.options.goodbye);
  note(request, 101);
  co_return Next::close;
}

}  // namespace cloister::http
