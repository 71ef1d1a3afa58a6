// SPDX-License-Identifier: Apache-2.0
// Fields of the vault's JSON texts: fixed-size bytes, identifiers, times, counters.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/clock.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/wire/json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloister::vault {

base::Result<base::Bytes> bytes_field(const wire::json::object& object, std::string_view name);
base::Result<std::string> id_field(const wire::json::object& object,
                                   std::string_view name);  // 16 hexadecimal digits
base::Result<base::WallTime> time_field(const wire::json::object& object, std::string_view name);
base::Result<std::uint64_t> counter_field(const wire::json::object& object, std::string_view name);

base::Result<crypto::Hash> hash_field(const wire::json::object& object,
                                      std::string_view name);  // hexadecimal

// The error of a field that is there but holds something else.
std::unexpected<base::Error> bad_field(std::string_view name);

template <std::size_t size>
base::Result<std::array<std::byte, size>> array_of_field(const wire::json::object& object,
                                                         std::string_view name) {
  CLOISTER_TRY(base::Bytes bytes, bytes_field(object, name));
  if (bytes.size() != size) return bad_field(name);
  std::array<std::byte, size> array;
  std::ranges::copy(bytes, array.begin());
  return array;
}

}  // namespace cloister::vault
