// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/attach.hpp"
#include "cloister/cell/errors.hpp"
#include "cloister/cell/event_json.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::cell::attach {
namespace {

namespace json = wire::json;

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_attach, std::move(message));
}

json::array to_array(const std::vector<std::uint32_t>& sizes) {
  json::array array;
  for (std::uint32_t size : sizes) array.emplace_back(static_cast<std::int64_t>(size));
  return array;
}

base::Result<std::vector<std::uint32_t>> sizes_in(const json::object& object) {
  CLOISTER_TRY(const json::array* array, wire::array_field(object, "sizes"));
  std::vector<std::uint32_t> sizes;
  for (const json::value& size : *array) {
    if (!size.is_int64() || size.get_int64() < 0 || size.get_int64() > 0xffffffff)
      return bad("a size is none");
    sizes.push_back(static_cast<std::uint32_t>(size.get_int64()));
  }
  return sizes;
}

base::Result<std::uint64_t> count(const json::object& object, std::string_view name) {
  CLOISTER_TRY(std::int64_t value, wire::integer_field(object, name));
  if (value < 0) return bad("a count is negative");
  return static_cast<std::uint64_t>(value);
}

std::int64_t whole(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

base::Result<wire::Channel> channel_in(const json::object& object) {
  CLOISTER_TRY(std::string name, wire::text_field(object, "channel"));
  auto channel = wire::channel_from_name(name);
  if (!channel) return bad("there is no such channel");
  return *channel;
}

json::object object_of(const Subscribe& order) {
  return {{"do", "subscribe"}, {"from", whole(order.from)}, {"credit", whole(order.credit)}};
}
json::object object_of(const Credit& order) {
  return {{"do", "credit"}, {"bytes", whole(order.bytes)}};
}
json::object object_of(const Send& order) {
  return {{"do", "send"},
          {"channel", wire::channel_name(order.channel)},
          {"sizes", to_array(order.sizes)}};
}
json::object object_of(const Interrupt&) {
  return {{"do", "interrupt"}};
}
json::object object_of(const Shutdown& order) {
  return {{"do", "shutdown"}, {"restart", order.restart}};
}
json::object object_of(const Kill&) {
  return {{"do", "kill"}};
}
json::object object_of(const AskState&) {
  return {{"do", "state"}};
}
json::object object_of(const AttemptsTaken& order) {
  return {{"do", "attempts-taken"}, {"through", whole(order.through)}};
}
json::object object_of(const Forget&) {
  return {{"do", "forget"}};
}

json::object object_of(const State& state) {
  return {{"event", "state"},
          {"execution_state", state.execution_state},
          {"alive", state.alive},
          {"connected", state.connected},
          {"last_activity", state.last_activity},
          {"session", state.session},
          {"pid", state.pid},
          {"first_seq", whole(state.first_seq)},
          {"next_seq", whole(state.next_seq)},
          {"truncated_bytes", whole(state.truncated_bytes)},
          {"lost", whole(state.lost)},
          {"malformed", whole(state.malformed)},
          {"disconnects", whole(state.disconnects)},
          {"refused", whole(state.refused)},
          {"synthesised_idle", whole(state.synthesised_idle)},
          {"limits", state.limits_by}};
}
json::object object_of(const Message& message) {
  return {{"event", "message"},
          {"seq", whole(message.seq)},
          {"first", whole(message.first)},
          {"channel", wire::channel_name(message.channel)},
          {"time", message.time},
          {"sizes", to_array(message.sizes)}};
}
json::object inner(const cell::Event& event) {
  return json::parse(event_to_json(event)).as_object();  // our own text
}
json::object object_of(const Attempted& attempted) {
  return {{"event", "attempt"},
          {"number", whole(attempted.number)},
          {"attempt", inner(attempted.attempt)}};
}
json::object object_of(const Door&) {
  return {{"event", "door"}};
}
json::object object_of(const Ended& ended) {
  return {{"event", "ended"}, {"exit", inner(ended.exit)}, {"last_words", ended.last_words}};
}
json::object object_of(const Refused& refused) {
  return {{"event", "refused"}, {"error", wire::to_json(refused.error)}};
}

State state_from(const json::object& object) {
  auto number = [&object](std::string_view name) {
    return static_cast<std::uint64_t>(wire::integer_or(object, name, 0));
  };
  return {.execution_state = wire::text_or(object, "execution_state", "unknown"),
          .alive = wire::flag(object, "alive"),
          .connected = wire::flag(object, "connected"),
          .last_activity = wire::integer_or(object, "last_activity", 0),
          .session = wire::text_or(object, "session", ""),
          .pid = wire::integer_or(object, "pid", 0),
          .first_seq = number("first_seq"),
          .next_seq = number("next_seq"),
          .truncated_bytes = number("truncated_bytes"),
          .lost = number("lost"),
          .malformed = number("malformed"),
          .disconnects = number("disconnects"),
          .refused = number("refused"),
          .synthesised_idle = number("synthesised_idle"),
          .limits_by = wire::text_or(object, "limits", "")};
}

base::Result<Event> message_from(const json::object& object) {
  Message message;
  CLOISTER_TRY(message.seq, count(object, "seq"));
  CLOISTER_TRY(message.first, count(object, "first"));
  CLOISTER_TRY(message.channel, channel_in(object));
  CLOISTER_TRY(message.time, wire::integer_field(object, "time"));
  CLOISTER_TRY(message.sizes, sizes_in(object));
  return message;
}

template <typename Inner>
base::Result<Inner> inner_from(const json::object& object, std::string_view name) {
  CLOISTER_TRY(const json::object* member, wire::object_field(object, name));
  CLOISTER_TRY(cell::Event event, cell::event_from_json(json::serialize(*member)));
  if (!std::holds_alternative<Inner>(event)) return bad("an event holds something else");
  return std::get<Inner>(std::move(event));
}

}  // namespace

std::string to_json(const Order& order) {
  return json::serialize(std::visit([](const auto& one) { return object_of(one); }, order));
}

std::string to_json(const Event& event) {
  return json::serialize(std::visit([](const auto& one) { return object_of(one); }, event));
}

base::Result<Order> order_from_json(std::string_view text) {
  CLOISTER_TRY(json::object object, wire::parse_json_object(text));
  CLOISTER_TRY(std::string what, wire::text_field(object, "do"));
  if (what == "subscribe") {
    Subscribe order;
    CLOISTER_TRY(order.from, count(object, "from"));
    CLOISTER_TRY(order.credit, count(object, "credit"));
    return order;
  }
  if (what == "credit") {
    CLOISTER_TRY(std::uint64_t bytes, count(object, "bytes"));
    return Credit{.bytes = bytes};
  }
  if (what == "send") {
    Send order;
    CLOISTER_TRY(order.channel, channel_in(object));
    CLOISTER_TRY(order.sizes, sizes_in(object));
    return order;
  }
  if (what == "attempts-taken") {
    CLOISTER_TRY(std::uint64_t through, count(object, "through"));
    return AttemptsTaken{.through = through};
  }
  if (what == "shutdown") return Shutdown{.restart = wire::flag(object, "restart")};
  if (what == "interrupt") return Interrupt{};
  if (what == "kill") return Kill{};
  if (what == "state") return AskState{};
  if (what == "forget") return Forget{};
  return bad("there is no such order");
}

base::Result<Event> event_from_json(std::string_view text) {
  CLOISTER_TRY(json::object object, wire::parse_json_object(text));
  CLOISTER_TRY(std::string what, wire::text_field(object, "event"));
  if (what == "state") return state_from(object);
  if (what == "message") return message_from(object);
  if (what == "door") return Door{};
  if (what == "attempt") {
    Attempted attempted;
    CLOISTER_TRY(attempted.number, count(object, "number"));
    CLOISTER_TRY(attempted.attempt, inner_from<Attempt>(object, "attempt"));
    return attempted;
  }
  if (what == "ended") {
    Ended ended{.exit = {}, .last_words = wire::text_or(object, "last_words", "")};
    CLOISTER_TRY(ended.exit, inner_from<CellExit>(object, "exit"));
    return ended;
  }
  if (what == "refused") {
    CLOISTER_TRY(const json::object* error, wire::object_field(object, "error"));
    return Refused{.error = wire::error_from_json(*error)};
  }
  return bad("there is no such event");
}

}  // namespace cloister::cell::attach
