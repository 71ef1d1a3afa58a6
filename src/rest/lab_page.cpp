// SPDX-License-Identifier: Apache-2.0
// The page of JupyterLab: /lab, /doc and what is below them.
#include "cloister/lab/page.hpp"

#include "blocking.hpp"
#include "error_response.hpp"
#include "resources.hpp"

#include <algorithm>

namespace cloister::rest {
namespace {

bool is_workspace_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

// "workspaces/NAME" and "tree/PATH", in this order, each optional; false for anything else.
bool read_address(std::string_view rest, lab::PageRequest& page) {
  if (constexpr std::string_view word = "workspaces/"; rest.starts_with(word)) {
    rest.remove_prefix(word.size());
    std::string_view name = rest.substr(0, rest.find('/'));
    if (!is_workspace_name(name)) return false;
    page.workspace = name;
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  if (rest == "tree") rest = {};
  if (constexpr std::string_view word = "tree/"; rest.starts_with(word)) {
    page.tree_path = rest.substr(word.size());
    rest = {};
  }
  return rest.empty();
}

http::Response show(const Site& site, const http::Request& request, bool single_document) {
  lab::PageRequest page;
  page.base_url = site.base_url;
  page.single_document = single_document;
  page.root_name = site.root_name;
  if (!read_address(request.capture("rest"), page)) page.not_found_url = request.path;
  auto html = lab::index_page(site.lab, page);
  return html ? http::page(200, std::move(*html)) : error_response(html.error());
}

}  // namespace

std::vector<http::Route> lab_page_routes(Site& site) {
  auto page = [&site](bool single_document) {
    return on_pool(site.loop, [&site, single_document](const http::Request& request) {
      return show(site, request, single_document);
    });
  };
  std::vector<http::Route> routes;
  for (bool single : {false, true})
    routes.push_back({.method = http::Method::get,
                      .pattern = single ? "/doc/{rest...}" : "/lab/{rest...}",
                      .access = http::Access::page,
                      .handler = page(single)});
  routes.push_back({.method = http::Method::get,
                    .pattern = "/",
                    .access = http::Access::page,
                    .handler = at_once([&site](const http::Request&) {
                      return http::redirect(site.base_url + "lab");
                    })});
  return routes;
}

}  // namespace cloister::rest
