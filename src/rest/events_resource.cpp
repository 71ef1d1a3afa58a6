// SPDX-License-Identifier: Apache-2.0
// /api/events: what happens, told to every page that listens.
#include "cloister/io/task_group.hpp"
#include "cloister/rest/event_bus.hpp"
#include "cloister/wire/json.hpp"

#include "api_route.hpp"
#include "blocking.hpp"
#include "resources.hpp"

namespace cloister::rest {
namespace {

namespace json = boost::json;
using http::Request;
using http::Response;
using http::WebSocket;

io::Task<> tell(EventBus::Listener& listener, WebSocket& socket) {
  for (;;) {
    auto event = co_await listener.next();
    if (!event) co_return;
    http::Message message = http::text_message(*event);
    base::Outcome sent = co_await socket.send(std::move(message));
    if (!sent) co_return;
  }
}

io::Task<> subscribe(Site& site, WebSocket& socket) {
  EventBus::Listener listener(site.events);
  io::TaskGroup telling(site.loop);
  telling.spawn(tell(listener, socket));
  for (;;) {
    auto message = co_await socket.receive();
    if (!message) break;  // the page has nothing to say here
  }
  co_await telling.stop();
}

Response post(Site& site, const Request& request) {
  auto body = wire::parse_json_object(request.body);
  if (!body) return http::error(400, "No JSON data provided");
  for (const char* field : {"schema_id", "version", "data"})
    if (!body->contains(field))
      return http::error(400, std::string("Missing `") + field + "` in the JSON request body.");
  const json::value& data = body->at("data");
  if (!data.is_object()) return http::error(400, "data is a JSON object");
  json::object event = data.get_object();
  event["schema_id"] = body->at("schema_id");
  event["schema_version"] = body->at("version");
  site.events.tell(json::serialize(event));
  return http::empty();
}

}  // namespace

std::vector<http::Route> event_routes(Site& site) {
  auto handler = at_once([&site](const Request& request) { return post(site, request); });
  return {api_route(http::Method::post, "/api/events", std::move(handler))};
}

http::WebSocketRoute event_subscription_route(Site& site) {
  return {.pattern = "/api/events/subscribe",
          .access = http::Access::api,
          .handler = [&site](Request, WebSocket& socket) { return subscribe(site, socket); }};
}

}  // namespace cloister::rest
