// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/json.hpp"

#include "cloister/base/check.hpp"
#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

// Builds a value as Boost's own parser does, and counts the members of all objects.
struct ValueHandler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
  using Error = boost::system::error_code;

  json::value_stack stack;
  std::size_t members = 0;

  bool on_document_begin(Error&) {
    stack.reset();
    return true;
  }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t count, Error&) {
    members += count;
    stack.push_object(count);
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t count, Error&) {
    stack.push_array(count);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, Error&) {
    stack.push_chars(part);
    return true;
  }
  bool on_key(json::string_view rest, std::size_t, Error&) {
    stack.push_key(rest);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Error&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(json::string_view rest, std::size_t, Error&) {
    stack.push_string(rest);
    return true;
  }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, Error&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, Error&) {
    stack.push_uint64(number);
    return true;
  }
  bool on_double(double number, json::string_view, Error& error) {
    if (!std::isfinite(number)) {  // 1e999
      error = json::error::exponent_overflow;
      return false;
    }
    stack.push_double(number);
    return true;
  }
  bool on_bool(bool flag, Error&) {
    stack.push_bool(flag);
    return true;
  }
  bool on_null(Error&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

std::size_t members_in(const json::value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += members_in(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) count += members_in(element);
  }
  return count;
}

}  // namespace

base::Result<json::value> parse_json(std::string_view text) {
  if (text.size() > base::limits::json_bytes_max)
    return base::fail(errors::bad_json, "a JSON text is larger than allowed");
  json::parse_options options;
  options.max_depth = base::limits::json_depth_max;
  json::basic_parser<ValueHandler> parser(options);
  boost::system::error_code error;
  std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
  if (!error && taken != text.size()) error = json::error::extra_data;
  if (error) return base::fail(errors::bad_json, fmt::format("not JSON: {}", error.message()));
  ValueHandler& handler = parser.handler();
  json::value value = handler.stack.release();
  // An object keeps the last of several equal keys, so it then has fewer members than were read.
  if (members_in(value) != handler.members)
    return base::fail(errors::bad_json, "an object of a JSON text names a key twice");
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
  if (value == nullptr) return missing(name, "integer");
  // A value made in this process from an unsigned number has not been through a text.
  boost::system::error_code error;
  auto number =
      value->is_number() && !value->is_double() ? value->to_number<std::int64_t>(error) : 0;
  if (error || value->is_double() || !value->is_number()) return missing(name, "integer");
  return number;
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
