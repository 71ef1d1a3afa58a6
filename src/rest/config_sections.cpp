// SPDX-License-Identifier: Apache-2.0
// /api/config/{section}: small JSON objects that front ends keep on the server.
#include "cloister/wire/json.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "error_response.hpp"
#include "resources.hpp"

#include <algorithm>

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;

constexpr std::uint64_t section_bytes_max = 1u << 20;

// SECURITY: a section's name is one plain file name
// (test: test_sections_stay_in_their_folder).
bool is_section(std::string_view name) {
  return !name.empty() && name.size() <= 128 && !name.starts_with('.') &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

io::Path file_of(const Site& site, std::string_view section) {
  return site.configuration / "serverconfig" / (std::string(section) + ".json");
}

json::object read_section(const Site& site, std::string_view section) {
  auto bytes =
      io::read_file(site.studio.services().disk, file_of(site, section), section_bytes_max);
  if (!bytes) return {};
  auto object = wire::parse_json_object(base::as_text(*bytes));
  return object ? std::move(*object) : json::object();
}

// `change` into `into`, member by member; null removes.
void merge(json::object& into, const json::object& change) {
  for (const auto& [key, value] : change) {
    if (value.is_null()) {
      into.erase(key);
    } else if (value.is_object()) {
      if (!into[key].is_object()) into[key] = json::object();
      merge(into[key].get_object(), value.get_object());
    } else {
      into[key] = value;
    }
  }
}

Response write_section(const Site& site, const Request& request, bool replace) {
  std::string_view section = request.capture("section");
  auto body = wire::parse_json_object(request.body);
  if (!body) return http::error(400, "the body is a JSON object");
  json::object whole = replace ? json::object() : read_section(site, section);
  merge(whole, *body);
  std::error_code error;
  std::filesystem::create_directories(site.configuration / "serverconfig", error);
  auto done = io::replace_file(site.studio.services().disk, file_of(site, section),
                               base::as_bytes(json::serialize(whole)));
  if (!done) return error_response(done.error());
  return replace ? http::empty() : http::json(200, whole);
}

}  // namespace

std::vector<http::Route> config_section_routes(Site& site) {
  std::vector<http::Route> routes;
  auto add = [&](Method method, BlockingHandler handler) {
    auto checked = [handler = std::move(handler)](const Request& request) {
      if (!is_section(request.capture("section")))
        return http::error(404, "there is no such section");
      return handler(request);
    };
    routes.push_back(
        api_route(method, "/api/config/{section}", on_pool(site.loop, std::move(checked))));
  };
  add(Method::get, [&site](const Request& request) {
    return http::json(200, read_section(site, request.capture("section")));
  });
  add(Method::put, [&site](const Request& request) { return write_section(site, request, true); });
  add(Method::patch,
      [&site](const Request& request) { return write_section(site, request, false); });
  return routes;
}

}  // namespace cloister::rest
