// SPDX-License-Identifier: Apache-2.0
// /api/kernelspecs and the pictures of /kernelspecs.
#include "cloister/http/static_files.hpp"

#include "api_route.hpp"
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

io::Task<Response> list(Site& site) {
  co_await site.kernels.look_for_specs();
  json::object all;
  for (const kernels::Kernelspec& spec : site.kernels.specs().found)
    all[spec.name] = kernelspec_json(spec, site.base_url);
  co_return http::json(200, {{"default", kernels::default_kernelspec}, {"kernelspecs", all}});
}

Response one(Site& site, const Request& request) {
  const kernels::Kernelspec* spec = site.kernels.specs().find(request.capture("name"));
  if (spec == nullptr) return http::error(404, "Kernel spec not found");
  return http::json(200, kernelspec_json(*spec, site.base_url));
}

// Only files that the list of resources names.
io::Task<Response> resource(Site& site, Request request) {
  const kernels::Kernelspec* spec = site.kernels.specs().find(request.capture("name"));
  std::string file(request.capture("file"));
  bool listed = spec != nullptr && std::ranges::any_of(spec->resources, [&](const auto& entry) {
                  return entry.second == file;
                });
  if (!listed) co_return http::error(404, "Kernelspec resource not found");
  auto work = [&site, path = spec->folder / file, file]() -> base::Result<Response> {
    CLOISTER_TRY(io::Descriptor opened, site.studio.services().disk.open_read(path));
    return http::whole_file(std::move(opened), file);
  };
  base::Result<Response> whole = co_await io::run_blocking(site.loop, std::move(work));
  co_return whole ? std::move(*whole) : http::error(404, "Kernelspec resource not found");
}

}  // namespace

std::vector<http::Route> kernelspec_routes(Site& site) {
  return {api_route(Method::get, "/api/kernelspecs", [&site](Request) { return list(site); }),
          api_route(Method::get, "/api/kernelspecs/{name}",
                    at_once([&site](const Request& request) { return one(site, request); })),
          api_route(Method::get, "/kernelspecs/{name}/{file}",
                    [&site](Request request) { return resource(site, std::move(request)); })};
}

}  // namespace cloister::rest
