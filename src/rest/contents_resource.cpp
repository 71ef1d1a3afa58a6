// SPDX-License-Identifier: Apache-2.0
// /api/contents: files, notebooks, folders and their checkpoints.
#include "cloister/contents/contents.hpp"
#include "cloister/contents/errors.hpp"
#include "cloister/wire/json.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "contents_answers.hpp"
#include "resources.hpp"

#include <fmt/format.h>

namespace cloister::rest {
namespace {

namespace json = boost::json;
using contents::Contents;
using contents::Model;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t upload_bytes_max = 512u << 20;

std::string location_of(const Site& site, std::string_view path) {
  return site.base_url + "api/contents/" + http::percent_encoded(path);
}

base::Result<bool> flag_of(const Request& request, std::string_view name, bool otherwise) {
  std::string_view text = request.query.get(name);
  if (text.empty()) return otherwise;
  if (text == "0" || text == "1") return text == "1";
  return base::fail(contents::errors::bad_request, fmt::format("{} is 0 or 1", name));
}

base::Result<contents::GetRequest> get_request_of(const Request& request) {
  contents::GetRequest wanted;
  if (std::string_view type = request.query.get("type"); !type.empty()) {
    CLOISTER_TRY(wanted.type, contents::parse_type(type));
  }
  if (std::string_view format = request.query.get("format"); !format.empty()) {
    CLOISTER_TRY(wanted.format, contents::parse_format(format));
  }
  CLOISTER_TRY(wanted.content, flag_of(request, "content", true));
  CLOISTER_TRY(wanted.hash, flag_of(request, "hash", false));
  return wanted;
}

Response get(Contents& files, const Request& request) {
  auto wanted = get_request_of(request);
  auto model = wanted ? files.get(request.capture("path"), *wanted)
                      : base::Result<Model>(std::unexpected(wanted.error()));
  return model ? model_response(200, *model) : contents_error(model.error());
}

// POST into a folder: something new, or a copy.
base::Result<Model> make(Contents& files, const Request& request) {
  std::string_view folder = request.capture("path");
  json::object body;
  if (!request.body.empty()) {
    auto parsed = wire::parse_json_object(request.body);
    if (!parsed) return base::fail(contents::errors::bad_request, parsed.error().message);
    body = std::move(*parsed);
  }
  if (std::string from = wire::text_or(body, "copy_from", ""); !from.empty())
    return files.copy(from, folder);
  std::optional<contents::Type> type;
  if (std::string name = wire::text_or(body, "type", ""); !name.empty()) {
    CLOISTER_TRY(type, contents::parse_type(name));
  }
  return files.create_untitled(folder, type, wire::text_or(body, "ext", ""));
}

Response post(Site& site, Contents& files, const Request& request) {
  auto model = make(files, request);
  if (!model) return contents_error(model.error());
  return model_response(201, *model).with("Location", location_of(site, model->path));
}

Response put(Site& site, Contents& files, const Request& request) {
  std::string_view path = request.capture("path");
  auto wanted = contents::parse_save_request(request.body.empty() ? "{}" : request.body);
  if (!wanted) return contents_error(wanted.error());
  auto saved = files.save(path, std::move(*wanted));
  if (!saved) return contents_error(saved.error());
  Response response = model_response(saved->created ? 201 : 200, saved->model);
  if (!saved->created) return response;
  return std::move(response).with("Location", location_of(site, saved->model.path));
}

Response patch(Contents& files, const Request& request) {
  auto body = wire::parse_json_object(request.body);
  std::string to = body ? wire::text_or(*body, "path", "") : "";
  if (to.empty())
    return contents_error(
        base::Error(contents::errors::bad_request, "the body is {\"path\": \"<new path>\"}"));
  auto model = files.rename(request.capture("path"), to);
  return model ? model_response(200, *model) : contents_error(model.error());
}

}  // namespace

std::vector<http::Route> contents_routes(Site& site) {
  std::vector<http::Route> routes;
  Contents& files = site.contents;
  auto add = [&](Method method, BlockingHandler handler) {
    routes.push_back(api_route(method, "/api/contents/{path...}",
                               on_pool(site.loop, std::move(handler)), upload_bytes_max));
  };
  add(Method::get, [&files](const Request& request) { return get(files, request); });
  add(Method::post, [&](const Request& request) { return post(site, files, request); });
  add(Method::put, [&](const Request& request) { return put(site, files, request); });
  add(Method::patch, [&files](const Request& request) { return patch(files, request); });
  add(Method::delete_, [&files](const Request& request) {
    auto done = files.remove(request.capture("path"));
    return done ? http::empty() : contents_error(done.error());
  });
  return routes;
}

}  // namespace cloister::rest
