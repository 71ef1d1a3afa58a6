// SPDX-License-Identifier: Apache-2.0
#include "http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace cloister::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string to_http_date(base::WallTime time) {
  auto day = floor<std::chrono::days>(time);
  year_month_day date(day);
  hh_mm_ss clock(floor<seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     http::days[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<base::WallTime> parse_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", ")
    return std::nullopt;
  auto month_at = std::ranges::find(months, text.substr(8, 3));
  auto day_of_month = number(text.substr(5, 2));
  auto year_number = number(text.substr(12, 4));
  auto hour = number(text.substr(17, 2));
  auto minute = number(text.substr(20, 2));
  auto second = number(text.substr(23, 2));
  if (month_at == months.end() || !day_of_month || !year_number || !hour || !minute || !second)
    return std::nullopt;
  year_month_day date{year(*year_number),
                      month(static_cast<unsigned>(month_at - months.begin()) + 1),
                      day(static_cast<unsigned>(*day_of_month))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return base::WallTime(sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute) +
                        seconds(*second));
}

}  // namespace cloister::http
