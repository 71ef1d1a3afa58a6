// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/numbers.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cloister::report {
namespace {

// Puts a comma between each three digits of the whole part.
std::string group(std::string digits, std::size_t whole) {
  for (auto at = static_cast<std::int64_t>(whole) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace

std::string with_thousands(std::int64_t number) {
  // The magnitude of the smallest number does not fit its own type.
  std::uint64_t magnitude =
      number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  std::string digits = fmt::format("{}", magnitude);
  return (number < 0 ? "-" : "") + group(digits, digits.size());
}

std::string size_text(std::int64_t bytes) {
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
}

std::string decimal(double number, int digits) {
  if (!std::isfinite(number)) return "n/a";
  std::string text = fmt::format("{:.{}f}", std::abs(number), digits);
  std::size_t whole = text.find('.');
  return (number < 0 ? "-" : "") + group(text, whole == std::string::npos ? text.size() : whole);
}

std::string percent(double part, int digits) {
  return decimal(part * 100, digits) + " %";
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_thousands(count), count == 1 ? one : many);
}

}  // namespace cloister::report
