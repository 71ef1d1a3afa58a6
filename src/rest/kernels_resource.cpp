// SPDX-License-Identifier: Apache-2.0
// /api/kernels: start, list, interrupt, restart, shut down.
#include "cloister/kernels/errors.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "error_response.hpp"
#include "kernel_json.hpp"
#include "resources.hpp"

#include <fmt/format.h>

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;
using Live = std::shared_ptr<kernels::LiveKernel>;

Response no_kernel(std::string_view id) {
  return http::error(404, fmt::format("Kernel does not exist: {}", id));
}

io::Task<Response> start(Site& site, Request request) {
  json::object body;
  if (!request.body.empty()) {
    auto parsed = wire::parse_json_object(request.body);
    if (!parsed) co_return http::error(400, "Invalid JSON in body of request");
    body = std::move(*parsed);
  }
  kernels::KernelRequest wanted{.id = wire::text_or(body, "kernel_id", ""),
                                .name = wire::text_or(body, "name", ""),
                                .path = wire::text_or(body, "path", ""),
                                .path_is_folder = true};
  auto kernel = co_await site.kernels.start(std::move(wanted));
  if (!kernel) co_return error_response(kernel.error());
  co_return http::json(201, kernel_json(**kernel))
      .with("Location", site.base_url + "api/kernels/" + (*kernel)->id());
}

io::Task<Response> list(Site& site) {
  json::array all;
  for (const Live& kernel : site.kernels.all()) {
    co_await kernel->refresh();
    all.push_back(kernel_json(*kernel));
  }
  co_return http::json(200, all);
}

io::Task<Response> show(Site&, Live kernel) {
  co_await kernel->refresh();
  co_return http::json(200, kernel_json(*kernel));
}

io::Task<Response> shut_down(Site& site, Live kernel) {
  site.sessions.remove_kernel(kernel->id());
  co_await site.kernels.shut_down(kernel);
  co_return http::empty();
}

io::Task<Response> interrupt(Site&, Live kernel) {
  base::Outcome done = co_await kernel->interrupt();
  co_return done ? http::empty() : error_response(done.error());
}

io::Task<Response> restart(Site& site, Live kernel) {
  base::Outcome done = co_await site.kernels.restart(kernel);
  if (!done) co_return error_response(done.error());
  co_return http::json(200, kernel_json(*kernel));
}

}  // namespace

std::vector<http::Route> kernel_routes(Site& site) {
  std::vector<http::Route> routes;
  auto add = [&](Method method, const char* pattern, http::Handler handler) {
    routes.push_back(api_route(method, pattern, std::move(handler)));
  };
  using OfKernel = io::Task<Response> (*)(Site&, Live);
  auto of_kernel = [&site](OfKernel act) -> http::Handler {
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it
    return [&site, act](Request request) -> io::Task<Response> {
      Live kernel = site.kernels.find(request.capture("id"));
      if (kernel == nullptr) co_return no_kernel(request.capture("id"));
      co_return co_await act(site, std::move(kernel));
    };
  };
  add(Method::get, "/api/kernels", [&site](Request) { return list(site); });
  add(Method::post, "/api/kernels",
      [&site](Request request) { return start(site, std::move(request)); });
  add(Method::get, "/api/kernels/{id}", of_kernel(show));
  add(Method::delete_, "/api/kernels/{id}", of_kernel(shut_down));
  add(Method::post, "/api/kernels/{id}/interrupt", of_kernel(interrupt));
  add(Method::post, "/api/kernels/{id}/restart", of_kernel(restart));
  return routes;
}

}  // namespace cloister::rest
