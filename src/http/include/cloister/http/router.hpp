// SPDX-License-Identifier: Apache-2.0
// Routes as data, and the choice of one.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/http/access.hpp"
#include "cloister/http/request.hpp"
#include "cloister/http/response.hpp"
#include "cloister/http/web_socket.hpp"
#include "cloister/io/task.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::http {

// A handler and what it captures live in the router, and so as long as the server.
using Handler = std::function<io::Task<Response>(Request)>;
using WebSocketHandler = std::function<io::Task<>(Request, WebSocket&)>;
// Before the upgrade: nothing to go on, or a response (404 for a kernel that is not there).
using WebSocketCheck = std::function<io::Task<std::optional<Response>>(const Request&)>;

inline constexpr std::size_t body_bytes_default = 1u << 20;
inline constexpr std::size_t body_bytes_max = 512u << 20;

// Patterns: "/api/kernels/{id}/interrupt"; {id} is one part between slashes, decoded; {path...} is
// any number of them, also none, joined by slashes without one at either end. HEAD comes with GET.
struct Route {
  Method method;
  std::string pattern;
  Access access;
  Handler handler;
  std::size_t body_bytes = body_bytes_default;
  bool reading_needs_xsrf = false;  // hands out files: /files, /nbconvert
  bool changes_nothing = false;     // whatever its method: browsers send reports without a proof
};

struct WebSocketRoute {
  std::string pattern;
  Access access;  // anyone or api
  WebSocketHandler handler;
  std::vector<std::string> subprotocols = {};  // what we speak; the first that the client offers
  WebSocketOptions options = {};
  WebSocketCheck check = {};  // may be empty
};

struct Found {
  const Route* route = nullptr;  // or
  const WebSocketRoute* web_socket = nullptr;
  Parameters captures;
};
struct NotFound {
  std::vector<Method> allowed;  // what the path does know; empty: 404
  bool without_slash = false;   // the same path without its last slash is known
  bool needs_upgrade = false;   // a WebSocket lives here: 426
};

// Filled before the server starts, constant afterwards. The pattern with more fixed parts wins,
// then the one with more single captures, then the earlier one.
class Router {
 public:
  // Abort on a pattern that is not one, or that is there already: routes are ours.
  void add(Route route);
  void add(WebSocketRoute route);
  void add(std::vector<Route> routes);

  // `segments` are those below the base address.
  std::expected<Found, NotFound> find(Method method, Exchange exchange,
                                      const std::vector<std::string>& segments) const;

 private:
  struct Segment {
    enum class Kind { fixed, one, rest } kind;
    std::string text;
  };
  using Pattern = std::vector<Segment>;
  struct Entry {
    Pattern pattern;
    std::optional<Route> route;
    std::optional<WebSocketRoute> web_socket;
  };

  static Pattern parse(std::string_view pattern);
  static bool better(const Pattern& a, const Pattern& b);
  static std::optional<Parameters> match(const Pattern& pattern,
                                         const std::vector<std::string>& segments);
  void add(Entry entry, std::string_view pattern);

  std::vector<Entry> entries_;  // the better pattern first
};

}  // namespace cloister::http
