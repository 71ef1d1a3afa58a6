// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/clock.hpp"

#include <fmt/format.h>

#include <array>

namespace cloister::base {

WallTime SystemClock::now() {
  return std::chrono::time_point_cast<Microseconds>(std::chrono::system_clock::now());
}

std::chrono::steady_clock::time_point SystemClock::monotonic() {
  return std::chrono::steady_clock::now();
}

std::string to_rfc3339(WallTime time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

namespace {

// Reads exactly `digits` decimal digits; -1 when something else stands there.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  int y = take_number(text, 4);
  bool shape = take(text, '-');
  int m = take_number(text, 2);
  shape = take(text, '-') && shape;
  int d = take_number(text, 2);
  shape = take(text, 'T') && shape;
  int hour = take_number(text, 2);
  shape = take(text, ':') && shape;
  int minute = take_number(text, 2);
  shape = take(text, ':') && shape;
  int second = take_number(text, 2);
  std::int64_t fraction = 0;
  if (take(text, '.')) {
    std::size_t digits = 0;
    for (; digits < 6 && !text.empty() && text.front() != 'Z'; ++digits) {
      int digit = take_number(text, 1);
      if (digit < 0) return std::nullopt;
      fraction = fraction * 10 + digit;
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) fraction *= 10;
  }
  shape = take(text, 'Z') && shape && text.empty();
  if (!shape || y < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59)
    return std::nullopt;
  year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (m < 0 || d < 0 || !date.ok()) return std::nullopt;
  return WallTime{sys_days{date} + hours{hour} + minutes{minute} + seconds{second} +
                  Microseconds{fraction}};
}

}  // namespace cloister::base
