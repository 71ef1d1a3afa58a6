// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include "cloister/wire/errors.hpp"

#include <fmt/format.h>

namespace cloister::vault {

std::unexpected<base::Error> bad_field(std::string_view name) {
  return base::fail(wire::errors::bad_message, fmt::format("the field '{}' is not valid", name));
}

base::Result<base::Bytes> bytes_field(const wire::json::object& object, std::string_view name) {
  CLOISTER_TRY(std::string text, wire::text_field(object, name));
  auto bytes = base::from_base64(text);
  if (!bytes) return bad_field(name);
  return *std::move(bytes);
}

base::Result<std::string> id_field(const wire::json::object& object, std::string_view name) {
  CLOISTER_TRY(std::string text, wire::text_field(object, name));
  auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != 16 || !std::ranges::all_of(text, is_digit)) return bad_field(name);
  return text;
}

base::Result<base::WallTime> time_field(const wire::json::object& object, std::string_view name) {
  CLOISTER_TRY(std::string text, wire::text_field(object, name));
  auto time = base::parse_rfc3339(text);
  if (!time) return bad_field(name);
  return *time;
}

base::Result<std::uint64_t> counter_field(const wire::json::object& object, std::string_view name) {
  CLOISTER_TRY(std::int64_t value, wire::integer_field(object, name));
  if (value < 0) return bad_field(name);
  return static_cast<std::uint64_t>(value);
}

base::Result<crypto::Hash> hash_field(const wire::json::object& object, std::string_view name) {
  CLOISTER_TRY(std::string text, wire::text_field(object, name));
  auto bytes = base::from_hex(text);
  crypto::Hash hash;
  if (!bytes || bytes->size() != hash.size()) return bad_field(name);
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

}  // namespace cloister::vault
