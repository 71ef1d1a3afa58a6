// SPDX-License-Identifier: Apache-2.0
// Small strict readers of the ledger's text formats.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cloister::ledger {

// Calls `accept` with each code point of UTF-8 text; false when it refuses one, or when the bytes
// are not UTF-8 (no surrogates, no overlong forms).
template <typename Accept>
bool for_each_code_point(std::string_view text, Accept&& accept) {
  constexpr char32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i++]);
    int more = lead < 0x80       ? 0
               : lead >> 5 == 6  ? 1
               : lead >> 4 == 14 ? 2
               : lead >> 3 == 30 ? 3
                                 : -1;
    if (more < 0) return false;
    char32_t code = more == 0 ? lead : lead & (0x3f >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
      code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
    }
    if (code < smallest[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return false;
    if (!accept(code)) return false;
  }
  return true;
}

// Decimal digits without leading zeroes, the whole text.
inline std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes one line off the front of `text`; nothing when no newline is left.
inline std::optional<std::string_view> take_line(std::string_view& text) {
  std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// Takes a line that begins with `prefix`, returns the rest of it.
inline std::optional<std::string_view> take_field(std::string_view& text, std::string_view prefix) {
  auto line = take_line(text);
  if (!line || !line->starts_with(prefix)) return std::nullopt;
  return line->substr(prefix.size());
}

}  // namespace cloister::ledger
