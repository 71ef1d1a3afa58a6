// SPDX-License-Identifier: Apache-2.0
// The listener: connections, limits, keep-alive.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/result.hpp"
#include "cloister/http/authenticator.hpp"
#include "cloister/http/router.hpp"
#include "cloister/io/byte_stream.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cloister::http {

struct Limits {
  std::size_t connections_max = 1024;  // one more is told 503 and closed
  std::size_t head_bytes_max = 64u << 10;
  std::size_t bodies_bytes_max = 1u << 30;      // of all requests that are being read or answered
  std::chrono::milliseconds head_time{15'000};  // from a request's first byte to its body
  std::chrono::milliseconds idle_time{75'000};  // between requests
  io::Pace reading{.window = std::chrono::seconds(30), .bytes_min = 4096};  // of a body
  io::Pace writing{.window = std::chrono::seconds(60), .bytes_min = 4096};  // of a response
  std::size_t compress_bytes_min = 1024;
};

// One finished exchange, for a log or a count. Without the query: it may hold a token.
struct Answered {
  Method method;
  std::string path;
  unsigned status;  // 101 for a WebSocket, when it has ended
  std::string username;
  std::chrono::microseconds took;
};

struct ServerOptions {
  std::string base_url = "/";  // begins and ends with a slash, percent-encoded
  // Names beside localhost and the loopback addresses under which we may be asked.
  std::vector<std::string> host_names;
  Limits limits;
  std::function<void(const Answered&)> answered;  // may be empty
  // Told to the WebSockets that are open when the server stops.
  CloseCode goodbye = CloseCode::going_away;
};

struct Listening {
  io::Descriptor socket;
  std::uint16_t port = 0;
};
// On 127.0.0.1; port 0 takes a free one. http.listen.
base::Result<Listening> listen_on_loopback(std::uint16_t port);

// On the loop's thread. The authenticator, the clock and the loop outlive it; start() once, and
// stop() before it goes.
class Server {
 public:
  Server(io::EventLoop& loop, Router router, Authenticator& authenticator, base::Clock& clock,
         ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // A listening TCP or Unix socket, also one that was passed to us. More than one may be started.
  void start(io::Descriptor listener);
  // No new connections; handlers that run are cancelled and waited for, WebSockets told goodbye.
  io::Task<> stop();
  std::size_t connections() const;

  struct State;  // private to this module

 private:
  std::unique_ptr<State> state_;
};

}  // namespace cloister::http
