// SPDX-License-Identifier: Apache-2.0
// /files: a file's bytes, for downloads and for what a page shows of them.
#include "cloister/contents/contents.hpp"
#include "cloister/contents/errors.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "contents_answers.hpp"
#include "resources.hpp"

namespace cloister::rest {
namespace {

using http::Request;
using http::Response;

std::string media_type_of(const contents::OpenFile& file) {
  if (file.name.ends_with(".ipynb")) return "application/x-ipynb+json";
  std::string type = file.mimetype.value_or("application/octet-stream");
  return type.starts_with("text/") ? type + "; charset=UTF-8" : type;
}

Response get(contents::Contents& files, const Request& request) {
  auto found = files.open_file(request.capture("path"));
  if (!found) return contents_error(found.error());
  bool as_attachment = request.query.get("download") == "1" || found->name.ends_with(".ipynb");
  std::string type = media_type_of(*found);
  Response response = http::file(
      {.file = std::move(found->file), .offset = 0, .length = found->size}, std::move(type));
  response.modified = found->last_modified;
  if (request.query.get("v").empty()) response.headers.set("Cache-Control", "no-cache");
  if (as_attachment)
    response.headers.set("Content-Disposition",
                         "attachment; filename*=utf-8''" + http::percent_encoded(found->name));
  return response;
}

}  // namespace

std::vector<http::Route> files_routes(Site& site) {
  auto handler =
      on_pool(site.loop, [&site](const Request& request) { return get(site.contents, request); });
  http::Route route = api_route(http::Method::get, "/files/{path...}", std::move(handler));
  route.reading_needs_xsrf = true;
  return {std::move(route)};
}

}  // namespace cloister::rest
