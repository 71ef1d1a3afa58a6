// SPDX-License-Identifier: Apache-2.0
// The server about itself and about who asks.
#include "cloister/wire/json.hpp"

#include "blocking.hpp"
#include "resources.hpp"

#include <algorithm>

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;

// The version of jupyter_server whose interface this is.
constexpr const char* interface_version = "2.21.1";

json::object identity_json(const http::Identity& who) {
  return {{"username", who.username},
          {"name", who.name},
          {"display_name", who.display_name},
          {"initials", who.initials},
          {"avatar_url", nullptr},
          {"color", who.color.empty() ? json::value() : json::value(who.color)}};
}

// Which of the asked permissions the caller has: in this version the owner, who has all.
Response me(const Request& request) {
  json::object permissions;
  if (std::string_view asked = request.query.get("permissions"); !asked.empty()) {
    auto wanted = wire::parse_json_object(asked);
    if (!wanted) return http::error(400, "permissions is a JSON object of lists");
    for (const auto& [resource, actions] : *wanted) {
      if (!actions.is_array()) return http::error(400, "permissions is a JSON object of lists");
      permissions[resource] = actions;
    }
  }
  return http::json(200, {{"identity", identity_json(request.caller.value_or(http::Identity{}))},
                          {"permissions", std::move(permissions)}});
}

// Also says how many kernels run and how many sockets listen to them.
Response status(const Site& site) {
  json::object answer{{"started", base::to_rfc3339(site.started)}};
  base::WallTime last = site.started;
  std::int64_t connections = 0;
  auto kernels = site.kernels.all();
  for (const auto& kernel : kernels) {
    last = std::max(last, kernel->last_activity());
    connections += kernel->readers();
  }
  answer["last_activity"] = base::to_rfc3339(last);
  answer["kernels"] = kernels.size();
  answer["connections"] = connections;
  return http::json(200, answer);
}

}  // namespace

std::vector<http::Route> server_routes(Site& site) {
  auto route = [](Method method, const char* pattern, http::Access access,
                  BlockingHandler handler) {
    return http::Route{.method = method,
                       .pattern = pattern,
                       .access = access,
                       .handler = at_once(std::move(handler))};
  };
  std::vector<http::Route> routes;
  routes.push_back(route(Method::get, "/api", http::Access::anyone, [](const Request&) {
    return http::json(200, {{"version", interface_version}});
  }));
  routes.push_back(route(Method::get, "/api/me", http::Access::api, me));
  routes.push_back(route(Method::get, "/api/status", http::Access::api,
                         [&site](const Request&) { return status(site); }));
  routes.push_back(route(Method::post, "/api/security/csp-report", http::Access::anyone,
                         [](const Request&) { return http::empty(); }));
  routes.back().changes_nothing = true;
  routes.push_back(route(Method::post, "/api/shutdown", http::Access::api, [&site](const Request&) {
    site.shut_down();
    return http::json(200, json::object());
  }));
  routes.push_back(route(Method::get, "/robots.txt", http::Access::anyone, [](const Request&) {
    return http::text(200, "User-agent: *\nDisallow: /\n");
  }));
  return routes;
}

}  // namespace cloister::rest
