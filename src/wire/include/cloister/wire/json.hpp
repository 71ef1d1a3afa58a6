// SPDX-License-Identifier: Apache-2.0
// JSON with limits, and the one canonical form that is hashed and signed.
#pragma once

#include "cloister/base/result.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace cloister::wire {

namespace json = boost::json;

// Refuses what is larger or deeper than base::limits, invalid UTF-8, duplicate keys and anything
// after the value.
base::Result<json::value> parse_json(std::string_view text);
base::Result<json::object> parse_json_object(std::string_view text);

// RFC 8785 for our subset: keys sorted by bytes, no white space, integers only. A double is a bug
// (hashed records hold none) and aborts.
std::string canonical_json(const json::value& value);

// Fields of a message of ours; wire.bad-message names the field that is missing or of another type.
base::Result<std::string> text_field(const json::object& object, std::string_view name);
base::Result<std::int64_t> integer_field(const json::object& object, std::string_view name);
base::Result<const json::object*> object_field(const json::object& object, std::string_view name);
base::Result<const json::array*> array_field(const json::object& object, std::string_view name);
std::string text_or(const json::object& object, std::string_view name, std::string_view otherwise);
std::int64_t integer_or(const json::object& object, std::string_view name, std::int64_t otherwise);
bool flag(const json::object& object, std::string_view name);  // false when absent

// {"code","message","hint","kind"}: how an Error crosses a process border, both ways.
json::object to_json(const base::Error& error);
base::Error error_from_json(const json::object& object);

}  // namespace cloister::wire
