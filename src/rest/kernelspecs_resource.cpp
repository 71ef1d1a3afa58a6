// SPDX-License-Identifier: Apache-2.0
// /api/kernelspecs and the pictures of /kernelspecs.
#include "cloister/http/static_files.hpp"

#include "blocking.hpp"
#include "error_response.hpp"
#include "kernel_json.hpp"
#include "resources.hpp"

#include <algorithm>

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;

Response list(Site& site) {
  site.kernels.look_for_specs_again();
  json::object all;
  for (const kernels::Kernelspec& spec : site.kernels.specs().found)
    all[spec.name] = kernelspec_json(spec, site.base_url);
  return http::json(200, {{"default", kernels::default_kernelspec}, {"kernelspecs", all}});
}

Response one(Site& site, const Request& request) {
  const kernels::Kernelspec* spec = site.kernels.specs().find(request.capture("name"));
  if (spec == nullptr) return http::error(404, "Kernel spec not found");
  return http::json(200, kernelspec_json(*spec, site.base_url));
}

// Only files that the list of resources names.
Response resource(Site& site, const Request& request) {
  const kernels::Kernelspec* spec = site.kernels.specs().find(request.capture("name"));
  std::string file(request.capture("file"));
  bool listed = spec != nullptr && std::ranges::any_of(spec->resources, [&](const auto& entry) {
                  return entry.second == file;
                });
  if (!listed) return http::error(404, "Kernelspec resource not found");
  auto opened = site.studio.services().disk.open_read(spec->folder / file);
  auto whole =
      opened ? http::whole_file(std::move(*opened), file) : std::unexpected(opened.error());
  return whole ? std::move(*whole) : http::error(404, "Kernelspec resource not found");
}

}  // namespace

std::vector<http::Route> kernelspec_routes(Site& site) {
  auto route = [](const char* pattern, BlockingHandler handler) {
    return http::Route{.method = Method::get,
                       .pattern = pattern,
                       .access = http::Access::api,
                       .handler = at_once(std::move(handler))};
  };
  return {route("/api/kernelspecs", [&site](const Request&) { return list(site); }),
          route("/api/kernelspecs/{name}",
                [&site](const Request& request) { return one(site, request); }),
          route("/kernelspecs/{name}/{file}",
                [&site](const Request& request) { return resource(site, request); })};
}

}  // namespace cloister::rest
