// SPDX-License-Identifier: Apache-2.0
// /api/contents/PATH/checkpoints and /trust.
#include "cloister/contents/contents.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "contents_answers.hpp"
#include "resources.hpp"

namespace cloister::rest {
namespace {

using contents::Contents;
using http::Method;
using http::Request;
using http::Response;

Response list(Contents& files, const Request& request) {
  auto found = files.checkpoints(request.capture("path"));
  return found ? http::bytes(200, "application/json", contents::to_json(*found))
               : contents_error(found.error());
}

Response create(Contents& files, const Request& request) {
  auto made = files.create_checkpoint(request.capture("path"));
  if (!made) return contents_error(made.error());
  return http::bytes(201, "application/json", contents::to_json(*made))
      .with("Location", request.base_url + "api/contents/" +
                            http::percent_encoded(request.capture("path")) + "/checkpoints/" +
                            made->id);
}

Response done(const base::Outcome& outcome, unsigned status) {
  return outcome ? http::empty(status) : contents_error(outcome.error());
}

}  // namespace

std::vector<http::Route> checkpoint_routes(Site& site) {
  std::vector<http::Route> routes;
  Contents& files = site.contents;
  auto add = [&](Method method, const char* pattern, BlockingHandler handler) {
    routes.push_back(api_route(method, pattern, on_pool(site.loop, std::move(handler))));
  };
  constexpr const char* all = "/api/contents/{path...}/checkpoints";
  constexpr const char* one = "/api/contents/{path...}/checkpoints/{id}";
  add(Method::get, all, [&files](const Request& request) { return list(files, request); });
  add(Method::post, all, [&files](const Request& request) { return create(files, request); });
  add(Method::post, one, [&files](const Request& request) {
    return done(files.restore_checkpoint(request.capture("path"), request.capture("id")), 204);
  });
  add(Method::delete_, one, [&files](const Request& request) {
    return done(files.remove_checkpoint(request.capture("path"), request.capture("id")), 204);
  });
  add(Method::post, "/api/contents/{path...}/trust",
      [&files](const Request& request) { return done(files.trust(request.capture("path")), 201); });
  return routes;
}

}  // namespace cloister::rest
