// SPDX-License-Identifier: Apache-2.0
// Settings and workspaces of JupyterLab, translations, listings, and the answers that keep it from
// asking the internet.
#include "cloister/lab/settings.hpp"
#include "cloister/lab/themes.hpp"
#include "cloister/lab/workspaces.hpp"
#include "cloister/wire/json.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "error_response.hpp"
#include "resources.hpp"

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;

Response of(const base::Result<json::object>& found) {
  return found ? http::json(200, *found) : error_response(found.error());
}
Response of(const base::Outcome& done) {
  return done ? http::empty() : error_response(done.error());
}

Response put_settings(Site& site, const Request& request) {
  auto body = wire::parse_json_object(request.body);
  const json::value* raw = body ? body->if_contains("raw") : nullptr;
  if (raw == nullptr || !raw->is_string())
    return http::error(400, "the body is {\"raw\": \"<settings as JSON5>\"}");
  return of(lab::put_settings(site.lab, site.studio.services().disk,
                              std::string(request.capture("id")), std::string(raw->get_string())));
}

}  // namespace

std::vector<http::Route> lab_settings_routes(Site& site) {
  std::vector<http::Route> routes;
  auto add = [&](Method method, const char* pattern, BlockingHandler handler) {
    routes.push_back(api_route(method, pattern, on_pool(site.loop, std::move(handler)), 4u << 20));
  };
  auto list = [&site](const Request& request) {
    return http::json(200, lab::list_settings(site.lab, request.query.get("ids_only") == "true"));
  };
  add(Method::get, "/lab/api/settings", list);
  add(Method::get, "/lab/api/settings/{id...}", [&site, list](const Request& request) {
    std::string id(request.capture("id"));
    if (id.empty()) return list(request);
    return of(lab::get_settings(site.lab, id));
  });
  add(Method::put, "/lab/api/settings/{id...}",
      [&site](const Request& request) { return put_settings(site, request); });
  add(Method::get, "/lab/api/workspaces",
      [&site](const Request&) { return http::json(200, lab::list_workspaces(site.lab)); });
  add(Method::get, "/lab/api/workspaces/{name...}", [&site](const Request& request) {
    std::string name(request.capture("name"));
    return http::json(
        200, name.empty() ? lab::list_workspaces(site.lab) : lab::get_workspace(site.lab, name));
  });
  add(Method::put, "/lab/api/workspaces/{name...}", [&site](const Request& request) {
    return of(lab::put_workspace(site.lab, site.studio.services().disk,
                                 std::string(request.capture("name")), request.body));
  });
  add(Method::delete_, "/lab/api/workspaces/{name...}", [&site](const Request& request) {
    return of(lab::remove_workspace(site.lab, site.studio.services().disk,
                                    std::string(request.capture("name"))));
  });
  add(Method::get, "/lab/api/translations/{locale...}", [](const Request& request) {
    return http::json(200, lab::translations(std::string(request.capture("locale"))));
  });
  add(Method::get, "/lab/api/listings/{name...}",
      [](const Request&) { return http::json(200, lab::listings()); });
  return routes;
}

// Whatever JupyterLab would learn from the internet, it learns that there is nothing.
std::vector<http::Route> lab_offline_routes(Site&) {
  auto fixed = [](const char* pattern, json::value answer) {
    auto handler =
        at_once([answer = std::move(answer)](const Request&) { return http::json(200, answer); });
    return api_route(Method::get, pattern, std::move(handler));
  };
  return {fixed("/lab/api/licenses", {{"bundles", json::object()}}),
          fixed("/lab/api/extensions", json::array()),
          fixed("/lab/api/plugins", {{"lockRules", json::array()}, {"allLocked", true}}),
          fixed("/lab/api/build", {{"status", "stable"}, {"message", ""}}),
          // No converters and no language servers yet: the page then does not offer them.
          fixed("/api/nbconvert", json::object()),
          fixed("/lsp/status",
                {{"version", 2}, {"sessions", json::object()}, {"specs", json::object()}}),
          fixed("/lab/api/news", {{"news", json::array()}}),
          fixed("/lab/api/update", {{"notification", nullptr}})};
}

}  // namespace cloister::rest
