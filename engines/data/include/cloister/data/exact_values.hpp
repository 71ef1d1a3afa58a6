// SPDX-License-Identifier: Apache-2.0
// Text to value without loss: a text is taken for a number, date or truth value only when nothing
// of it would be forgotten. "007", "+5", "5 " and "12345678901234567890.5" stay text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cloister::data {

// What a column of a text file can become. Ordered from the narrowest.
enum class ExactType : std::uint8_t { boolean, bigint, real, date, timestamp, text };
inline constexpr unsigned exact_types = 5;  // without text, which always fits

// What stands for "no value" in a column that is not text: "", "NA", "N/A", "NULL", "null", "NaN",
// "nan".
bool is_missing(std::string_view text);

std::optional<bool> exact_boolean(std::string_view text);         // true, false in any case
std::optional<std::int64_t> exact_bigint(std::string_view text);  // -?(0|[1-9][0-9]*), 64 bits
// As bigint up to 2^53, or with a fraction or exponent; infinities and hexadecimals are text.
std::optional<double> exact_real(std::string_view text);
// YYYY-MM-DD of the years 0001 to 9999, days since 1970-01-01.
std::optional<std::int32_t> exact_date(std::string_view text);
// YYYY-MM-DD[ T]HH:MM[:SS[.f{1,6}]] without a zone, microseconds since 1970-01-01.
std::optional<std::int64_t> exact_timestamp(std::string_view text);

// The set of types that a text fits, as bits 1 << ExactType; a missing value fits all.
std::uint8_t fitting_types(std::string_view text);
inline constexpr std::uint8_t all_types = (1u << exact_types) - 1;

}  // namespace cloister::data
