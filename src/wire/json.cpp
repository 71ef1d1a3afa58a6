// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/json.hpp"

#include "cloister/base/check.hpp"
#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cloister::wire {
namespace {

std::unexpected<base::Error> missing(std::string_view name, std::string_view type) {
  return base::fail(errors::bad_message,
                    fmt::format("a message lacks the field '{}' ({})", name, type));
}

void write_canonical(const json::value& value, std::string& out);

void write_canonical(const json::object& object, std::string& out) {
  std::vector<json::object::const_iterator> members;
  for (auto it = object.begin(); it != object.end(); ++it) members.push_back(it);
  std::ranges::sort(members, {}, [](auto it) { return std::string_view(it->key()); });
  out += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out += ',';
    out += json::serialize(json::string_view(members[i]->key()));
    out += ':';
    write_canonical(members[i]->value(), out);
  }
  out += '}';
}

void write_canonical(const json::value& value, std::string& out) {
  CLOISTER_CHECK(!value.is_double());
  if (const auto* object = value.if_object()) {
    write_canonical(*object, out);
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      write_canonical((*array)[i], out);
    }
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

// Of a text that is JSON: each member has one colon outside of texts.
std::size_t members_in_text(std::string_view text) {
  std::size_t members = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (inside && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      inside = !inside;
    else if (!inside && text[i] == ':')
      ++members;
  }
  return members;
}

std::size_t members_in_value(const json::value& value) {
  std::size_t members = 0;
  if (const auto* object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += members_in_value(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) members += members_in_value(element);
  }
  return members;
}

}  // namespace

base::Result<json::value> parse_json(std::string_view text) {
  if (text.size() > base::limits::json_bytes_max)
    return base::fail(errors::bad_json, "a JSON text is larger than allowed");
  json::parse_options options;
  options.max_depth = base::limits::json_depth_max;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return base::fail(errors::bad_json, fmt::format("not JSON: {}", error.message()));
  // SECURITY: two readers of one text never disagree about which of two values counts, and nothing
  // hides in the one that does not (test: Json.RefusesAKeyThatComesTwice). Boost keeps the last.
  if (members_in_text(text) != members_in_value(value))
    return base::fail(errors::bad_json, "a key comes twice in a JSON object");
  return value;
}

base::Result<json::object> parse_json_object(std::string_view text) {
  CLOISTER_TRY(json::value value, parse_json(text));
  if (!value.is_object()) return base::fail(errors::bad_json, "not a JSON object");
  return std::move(value.get_object());
}

std::string canonical_json(const json::value& value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

base::Result<std::string> text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return missing(name, "text");
  return std::string(value->get_string());
}

base::Result<std::int64_t> integer_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return missing(name, "integer");
  return value->get_int64();
}

base::Result<const json::object*> object_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_object()) return missing(name, "object");
  return &value->get_object();
}

base::Result<const json::array*> array_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return missing(name, "array");
  return &value->get_array();
}

std::string text_or(const json::object& object, std::string_view name, std::string_view otherwise) {
  auto found = text_field(object, name);
  return found ? *found : std::string(otherwise);
}

std::int64_t integer_or(const json::object& object, std::string_view name, std::int64_t otherwise) {
  return integer_field(object, name).value_or(otherwise);
}

bool flag(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

json::object to_json(const base::Error& error) {
  return {{"code", error.code},
          {"kind", base::kind_name(error.kind)},
          {"message", error.message},
          {"hint", error.hint}};
}

base::Error error_from_json(const json::object& object) {
  return {text_or(object, "code", "wire.bad-message"),
          base::kind_from_name(text_or(object, "kind", "failed")),
          text_or(object, "message", "the other side reported an error without words"),
          text_or(object, "hint", "")};
}

}  // namespace cloister::wire
