// SPDX-License-Identifier: Apache-2.0
// Files of the front end, of extensions and of themes.
#include "cloister/http/static_files.hpp"
#include "cloister/lab/themes.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "error_response.hpp"
#include "favicon.hpp"
#include "resources.hpp"

#include <memory>

namespace cloister::rest {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::StaticFiles;

constexpr std::uint64_t style_sheet_bytes_max = 8u << 20;

// Folders that are searched in their order; those that are not there hold nothing.
using Folders = std::shared_ptr<const std::vector<StaticFiles>>;

Folders open_folders(Site& site, const std::vector<io::Path>& paths) {
  auto folders = std::make_shared<std::vector<StaticFiles>>();
  for (const io::Path& path : paths)
    if (auto folder = StaticFiles::open(site.loop, path.native()))
      folders->push_back(std::move(*folder));
  return folders;
}

io::Task<Response> first_of(Folders folders, Request request) {
  std::string path(request.capture("path"));
  for (const StaticFiles& folder : *folders) {
    Response response = co_await folder.answer(request, path);
    if (response.status != 404) co_return response;
  }
  co_return http::error(404, "there is no such file");
}

http::Route files(const char* pattern, Folders folders) {
  return {.method = Method::get,
          .pattern = pattern,
          .access = http::Access::api,
          .handler = [folders = std::move(folders)](Request request) {
            return first_of(folders, std::move(request));
          }};
}

Response theme(const Site& site, const Request& request) {
  std::string name(request.capture("path"));
  auto found = lab::find_theme_file(site.lab, name);
  if (!found) return error_response(found.error());
  io::Disk& disk = site.studio.services().disk;
  if (!found->style_sheet) {
    auto file = disk.open_read(found->path);
    auto whole = file ? http::whole_file(std::move(*file), name) : std::unexpected(file.error());
    return whole ? std::move(*whole) : error_response(whole.error());
  }
  auto css = io::read_file(disk, found->path, style_sheet_bytes_max);
  if (!css) return error_response(css.error());
  std::string folder = site.base_url + "lab/api/themes/" + name.substr(0, name.rfind('/'));
  return http::bytes(200, "text/css; charset=utf-8",
                     lab::rewrite_addresses(base::as_text(*css), folder));
}

}  // namespace

std::vector<http::Route> lab_file_routes(Site& site) {
  std::vector<http::Route> routes;
  routes.push_back(files("/static/lab/{path...}", open_folders(site, {site.lab.app / "static"})));
  routes.push_back(files("/lab/extensions/{path...}", open_folders(site, site.lab.labextensions)));
  routes.push_back(api_route(
      Method::get, "/lab/api/themes/{path...}",
      on_pool(site.loop, [&site](const Request& request) { return theme(site, request); })));
  for (bool busy : {false, true})
    routes.push_back(
        {.method = Method::get,
         .pattern = busy ? "/static/favicons/favicon-busy.svg" : "/static/favicons/favicon.svg",
         .access = http::Access::anyone,
         .handler = at_once([busy](const Request&) {
           return http::bytes(200, "image/svg+xml", std::string(favicon(busy)))
               .with("Cache-Control", "max-age=86400");
         })});
  return routes;
}

}  // namespace cloister::rest
