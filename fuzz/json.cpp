// SPDX-License-Identifier: Apache-2.0
// JSON texts: what is accepted has a canonical form that means the same.
#include "cloister/wire/json.hpp"

#include "cloister/base/check.hpp"

#include <cstddef>
#include <cstdint>

namespace wire = cloister::wire;
namespace json = boost::json;

namespace {

bool has_double(const json::value& value) {
  if (value.is_double()) return true;
  if (const auto* array = value.if_array())
    for (const json::value& element : *array)
      if (has_double(element)) return true;
  if (const auto* object = value.if_object())
    for (const auto& member : *object)
      if (has_double(member.value())) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto value = wire::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  auto again = wire::parse_json(json::serialize(*value));
  CLOISTER_CHECK(again.has_value());
  if (has_double(*value)) return 0;
  CLOISTER_CHECK(*again == *value);
  std::string canonical = wire::canonical_json(*value);
  auto from_canonical = wire::parse_json(canonical);
  CLOISTER_CHECK(from_canonical.has_value() && *from_canonical == *value);
  CLOISTER_CHECK(wire::canonical_json(*from_canonical) == canonical);
  if (const auto* object = value->if_object()) (void)wire::error_from_json(*object);
  return 0;
}
