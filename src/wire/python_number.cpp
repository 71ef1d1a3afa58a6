// SPDX-License-Identifier: Apache-2.0
#include "python_number.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cloister::wire {
namespace {

double to_double(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // from_chars does not say whether a number was too large or too small; strtod does.
  if (error == std::errc::result_out_of_range) value = strtod(std::string(text).c_str(), nullptr);
  return value;
}

std::string fixed(std::string digits, int point) {
  if (point <= 0) return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  auto whole = static_cast<std::size_t>(point);
  if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0') + ".0";
  return digits.insert(whole, ".");
}

}  // namespace

std::string python_float(std::string_view text) {
  double value = to_double(text);
  std::string sign = std::signbit(value) ? "-" : "";
  value = std::fabs(value);
  if (std::isinf(value)) return sign + "Infinity";
  if (value == 0) return sign + "0.0";
  std::array<char, 40> buffer;
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::scientific);
  std::string_view shortest(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  std::size_t at = shortest.find('e');
  std::string digits;
  for (char c : shortest.substr(0, at))
    if (c != '.') digits += c;
  int exponent = atoi(std::string(shortest.substr(at + 1)).c_str());
  // float_repr_style 'r': fixed where -4 <= exponent < 16.
  if (exponent >= -4 && exponent < 16) return sign + fixed(digits, exponent + 1);
  if (digits.size() > 1) digits.insert(1, ".");
  return fmt::format("{}{}e{}{:02}", sign, digits, exponent < 0 ? '-' : '+', std::abs(exponent));
}

std::string python_integer(std::string_view text) {
  return text == "-0" ? "0" : std::string(text);
}

}  // namespace cloister::wire
