// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/event_json.hpp"

#include "cloister/cell/errors.hpp"

#include <algorithm>
#include <array>

namespace cloister::cell {
namespace {

namespace json = wire::json;

constexpr std::array<std::string_view, 5> reasons{"exited", "signalled", "timeout", "killed",
                                                  "setup-failed"};

json::object to_object(const Started& started) {
  return {{"event", "started"}, {"pid", started.payload}, {"limits", started.limits_by}};
}

json::object to_object(const Attempt& attempt) {
  return {{"event", "attempt"},
          {"time_us", attempt.time.time_since_epoch().count()},
          {"cell", attempt.cell},
          {"notebook", attempt.notebook},
          {"pid", attempt.pid},
          {"program", attempt.program},
          {"operation", attempt.operation},
          {"family", attempt.family},
          {"address", attempt.address},
          {"port", attempt.port},
          {"host", attempt.host},
          {"verdict", attempt.verdict},
          {"count", static_cast<std::int64_t>(attempt.count)}};
}

json::object to_object(const CellExit& exit) {
  json::array interfaces;
  for (const std::string& name : exit.interfaces) interfaces.emplace_back(name);
  return {{"event", "exit"},
          {"reason", reasons[static_cast<std::size_t>(exit.reason)]},
          {"code", exit.code},
          {"signal", exit.signal},
          {"seconds", exit.seconds},
          {"message", exit.message},
          {"unrouted", static_cast<std::int64_t>(exit.unrouted)},
          {"interfaces", std::move(interfaces)}};
}

json::object to_object(const base::Error& error) {
  return {{"event", "failed"}, {"error", wire::to_json(error)}};
}

base::Result<Event> attempt_from(const json::object& object) {
  Attempt attempt;
  CLOISTER_TRY(std::int64_t time_us, wire::integer_field(object, "time_us"));
  attempt.time = base::WallTime(base::Microseconds(time_us));
  attempt.cell = wire::text_or(object, "cell", "");
  attempt.notebook = wire::text_or(object, "notebook", "");
  attempt.pid = wire::integer_or(object, "pid", 0);
  attempt.program = wire::text_or(object, "program", "");
  CLOISTER_TRY(attempt.operation, wire::text_field(object, "operation"));
  attempt.family = wire::text_or(object, "family", "");
  attempt.address = wire::text_or(object, "address", "");
  attempt.port = wire::integer_or(object, "port", 0);
  attempt.host = wire::text_or(object, "host", "");
  CLOISTER_TRY(attempt.verdict, wire::text_field(object, "verdict"));
  attempt.count = static_cast<std::uint64_t>(wire::integer_or(object, "count", 1));
  return attempt;
}

base::Result<Event> exit_from(const json::object& object) {
  CellExit exit;
  CLOISTER_TRY(std::string reason, wire::text_field(object, "reason"));
  auto found = std::ranges::find(reasons, reason);
  if (found == reasons.end())
    return base::fail(errors::supervisor_gone, "the supervisor of the cell cannot be understood");
  exit.reason = static_cast<EndReason>(found - reasons.begin());
  exit.code = static_cast<int>(wire::integer_or(object, "code", 0));
  exit.signal = static_cast<int>(wire::integer_or(object, "signal", 0));
  if (const json::value* seconds = object.if_contains("seconds"))
    if (seconds->is_number()) exit.seconds = seconds->to_number<double>();
  exit.message = wire::text_or(object, "message", "");
  exit.unrouted = static_cast<std::uint64_t>(wire::integer_or(object, "unrouted", 0));
  CLOISTER_TRY(const json::array* interfaces, wire::array_field(object, "interfaces"));
  for (const json::value& name : *interfaces)
    if (name.is_string()) exit.interfaces.emplace_back(name.get_string());
  return exit;
}

}  // namespace

std::string event_to_json(const Event& event) {
  return json::serialize(std::visit([](const auto& one) { return to_object(one); }, event));
}

base::Result<Event> event_from_json(std::string_view text) {
  CLOISTER_TRY(json::object object, wire::parse_json_object(text));
  CLOISTER_TRY(std::string event, wire::text_field(object, "event"));
  if (event == "attempt") return attempt_from(object);
  if (event == "exit") return exit_from(object);
  if (event == "started")
    return Started{.payload = wire::integer_or(object, "pid", -1),
                   .limits_by = wire::text_or(object, "limits", "")};
  CLOISTER_TRY(const json::object* error, wire::object_field(object, "error"));
  return wire::error_from_json(*error);
}

}  // namespace cloister::cell
