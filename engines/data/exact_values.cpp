// SPDX-License-Identifier: Apache-2.0
#include "cloister/data/exact_values.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace cloister::data {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// Digits only, no sign, no leading zero but "0" itself.
bool plain_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit) &&
         (text.size() == 1 || text.front() != '0');
}

// `count` digits at `at`; -1 when there are none.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

bool is_missing(std::string_view text) {
  switch (text.size()) {
    case 0:
      return true;
    case 2:
      return text == "NA";
    case 3:
      return text == "N/A" || text == "NaN" || text == "nan";
    case 4:
      return text == "NULL" || text == "null";
    default:
      return false;
  }
}

std::optional<bool> exact_boolean(std::string_view text) {
  if (text.size() == 4 && equal_ignoring_case(text, "true")) return true;
  if (text.size() == 5 && equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

std::optional<std::int64_t> exact_bigint(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (!plain_digits(digits) || text == "-0") return std::nullopt;
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> exact_real(std::string_view text) {
  std::string_view body = text.starts_with('-') ? text.substr(1) : text;
  if (body.empty() || !(is_digit(body.front()) || body.front() == '.')) return std::nullopt;
  const std::size_t whole = std::min(body.find_first_of(".eE"), body.size());
  if (whole > 1 && body.front() == '0') return std::nullopt;  // 007.5 is a code, not a number
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  // A whole number beyond 2^53 may lie between two doubles, and would come back as its neighbour.
  constexpr std::int64_t largest_exact = std::int64_t{1} << 53;
  if (whole == body.size()) {
    std::optional<std::int64_t> exact = exact_bigint(text);
    if (!exact || *exact > largest_exact || *exact < -largest_exact) return std::nullopt;
  }
  return value;
}

std::optional<std::int32_t> exact_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<std::int64_t> exact_timestamp(std::string_view text) {
  if (text.size() < 16 || (text[10] != ' ' && text[10] != 'T') || text[13] != ':')
    return std::nullopt;
  const auto days = exact_date(text.substr(0, 10));
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  int second = 0;
  std::int64_t micros = 0;
  if (text.size() > 16) {
    second = text[16] == ':' ? digits_at(text, 17, 2) : -1;
    if (text.size() > 19) {
      const std::size_t places = text.size() - 20;
      if (text[19] != '.' || places < 1 || places > 6) return std::nullopt;
      micros = digits_at(text, 20, places);
      if (micros < 0) return std::nullopt;
      for (std::size_t i = places; i < 6; ++i) micros *= 10;
    }
  }
  if (!days || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  return ((*days * std::int64_t{24} + hour) * 60 + minute) * 60'000'000 +
         second * std::int64_t{1'000'000} + micros;
}

std::uint8_t fitting_types(std::string_view text) {
  if (is_missing(text)) return all_types;
  auto bit = [](ExactType type, bool fits) {
    return static_cast<std::uint8_t>(fits ? 1u << static_cast<unsigned>(type) : 0u);
  };
  return bit(ExactType::boolean, exact_boolean(text).has_value()) |
         bit(ExactType::bigint, exact_bigint(text).has_value()) |
         bit(ExactType::real, exact_real(text).has_value()) |
         bit(ExactType::date, exact_date(text).has_value()) |
         bit(ExactType::timestamp, exact_timestamp(text).has_value());
}

}  // namespace cloister::data
