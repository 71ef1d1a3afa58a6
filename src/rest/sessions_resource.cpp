// SPDX-License-Identifier: Apache-2.0
// /api/sessions: a document and its kernel.
#include "cloister/kernels/errors.hpp"
#include "cloister/rest/session_file.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "error_response.hpp"
#include "kernel_json.hpp"
#include "resources.hpp"

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;
using kernels::Session;
using Live = std::shared_ptr<kernels::LiveKernel>;

json::object model_of(Site& site, const Session& session) {
  return session_json(session, site.kernels.find(session.kernel_id).get());
}

// Jupyter's answer for a kernel that cannot be: 501 with a short message for a dialog.
Response cannot_start(const base::Error& error) {
  if (error.is(kernels::errors::no_such_spec)) return http::error(400, error.message);
  return http::json(501, {{"message", error.message}, {"short_message", error.message}});
}

// The kernel that the body names: an id that runs, or a name to start.
io::Task<base::Result<Live>> kernel_of(Site& site, const json::object& wanted, std::string path) {
  if (std::string id = wire::text_or(wanted, "id", ""); !id.empty()) {
    Live found = site.kernels.find(id);
    if (found) co_return found;
    co_return base::fail(kernels::errors::no_such_kernel, "No such kernel: " + id);
  }
  kernels::KernelRequest request;
  request.name = wire::text_or(wanted, "name", "");
  request.path = std::move(path);
  co_return co_await site.kernels.start(std::move(request));
}

// Wherever a session is new or other: its kernel's grants and folder know the document.
io::Task<> remember(Site& site, Session session) {
  site.studio.session_grants().rename(session.kernel_id, session.path);
  io::Path folder = site.kernels.folder_of(session.kernel_id);
  // A kernel that ended meanwhile has no folder any more: there is nothing to find again.
  auto work = [&] { (void)write_session(site.studio.services().disk, folder, session); };
  co_await io::run_blocking(site.loop, std::move(work));
}

json::object kernel_part(const json::object& body) {
  const json::value* part = body.if_contains("kernel");
  return part != nullptr && part->is_object() ? part->get_object() : json::object();
}

io::Task<Response> create(Site& site, Request request) {
  auto body = wire::parse_json_object(request.body);
  if (!body) co_return http::error(400, "No JSON data provided");
  Session session{.id = base::random_id(site.studio.services().random),
                  .path = wire::text_or(*body, "path", ""),
                  .name = wire::text_or(*body, "name", ""),
                  .type = wire::text_or(*body, "type", ""),
                  .kernel_id = {}};
  if (!body->contains("path")) co_return http::error(400, "Missing field in JSON data: path");
  if (session.type.empty()) co_return http::error(400, "Missing field in JSON data: type");
  auto created = [&](const Session& made) {
    return http::json(201, model_of(site, made))
        .with("Location", site.base_url + "api/sessions/" + made.id);
  };
  if (const Session* there = site.sessions.find_path(session.path)) co_return created(*there);
  json::object wanted = kernel_part(*body);
  auto kernel = co_await kernel_of(site, wanted, session.path);
  if (!kernel) co_return cannot_start(kernel.error());
  session.kernel_id = (*kernel)->id();
  // Another request for the same document may have come meanwhile.
  if (const Session* there = site.sessions.find_path(session.path)) {
    co_await site.kernels.shut_down(*kernel);
    co_return created(*there);
  }
  Session added = site.sessions.add(std::move(session));
  co_await remember(site, added);
  co_return created(added);
}

io::Task<Response> change(Site& site, Request request) {
  std::string id(request.capture("id"));
  auto body = wire::parse_json_object(request.body);
  if (!body) co_return http::error(400, "No JSON data provided");
  if (site.sessions.find(id) == nullptr) co_return http::error(404, "Session not found");
  json::object wanted = kernel_part(*body);
  Live replaced;
  Live kernel;
  if (wanted.contains("id") || wanted.contains("name")) {
    std::string path = wire::text_or(*body, "path", site.sessions.find(id)->path);
    auto found = co_await kernel_of(site, wanted, std::move(path));
    if (!found && found.error().is(kernels::errors::no_such_kernel))
      co_return http::error(400, found.error().message);
    if (!found) co_return cannot_start(found.error());
    kernel = std::move(*found);
  }
  Session* session = site.sessions.find(id);
  if (session == nullptr) co_return http::error(404, "Session not found");
  session->path = wire::text_or(*body, "path", session->path);
  session->name = wire::text_or(*body, "name", session->name);
  session->type = wire::text_or(*body, "type", session->type);
  if (kernel && kernel->id() != session->kernel_id) {
    replaced = site.kernels.find(session->kernel_id);
    session->kernel_id = kernel->id();
  }
  Session changed = *session;
  Response response = http::json(200, model_of(site, changed));
  co_await remember(site, std::move(changed));
  if (replaced && !site.sessions.uses(replaced->id()))
    co_await site.kernels.shut_down(std::move(replaced));
  co_return response;
}

io::Task<Response> remove(Site& site, Request request) {
  std::string id(request.capture("id"));
  const Session* session = site.sessions.find(id);
  if (session == nullptr) co_return http::error(404, "Session not found");
  Live kernel = site.kernels.find(session->kernel_id);
  site.sessions.remove(id);
  if (kernel == nullptr) co_return http::error(410, "Kernel deleted before session");
  if (!site.sessions.uses(kernel->id())) co_await site.kernels.shut_down(std::move(kernel));
  co_return http::empty();
}

}  // namespace

std::vector<http::Route> session_routes(Site& site) {
  std::vector<http::Route> routes;
  auto add = [&](Method method, const char* pattern, http::Handler handler) {
    routes.push_back(api_route(method, pattern, std::move(handler)));
  };
  add(Method::get, "/api/sessions", at_once([&site](const Request&) {
        json::array all;
        for (const Session& session : site.sessions.all())
          if (site.kernels.find(session.kernel_id)) all.push_back(model_of(site, session));
        return http::json(200, all);
      }));
  add(Method::post, "/api/sessions",
      [&site](Request request) { return create(site, std::move(request)); });
  add(Method::get, "/api/sessions/{id}", at_once([&site](const Request& request) {
        const Session* session = site.sessions.find(request.capture("id"));
        return session ? http::json(200, model_of(site, *session))
                       : http::error(404, "Session not found");
      }));
  add(Method::patch, "/api/sessions/{id}",
      [&site](Request request) { return change(site, std::move(request)); });
  add(Method::delete_, "/api/sessions/{id}",
      [&site](Request request) { return remove(site, std::move(request)); });
  return routes;
}

}  // namespace cloister::rest
