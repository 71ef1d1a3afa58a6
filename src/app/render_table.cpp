// SPDX-License-Identifier: Apache-2.0
#include "render.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::app {
namespace {

// Decodes one UTF-8 character; what is not UTF-8 counts as one byte.
std::size_t character_bytes(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return std::min(size, text.size());
}

// East Asian wide characters and emoji take two cells; the ranges that occur in practice.
std::size_t cells_of(std::string_view character) {
  if (character.size() < 3) return 1;
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]) & 0x3fu; };
  unsigned code = character.size() == 3 ? (static_cast<unsigned char>(character[0]) & 0x0fu) << 12 |
                                              byte(1) << 6 | byte(2)
                                        : (static_cast<unsigned char>(character[0]) & 0x07u) << 18 |
                                              byte(1) << 12 | byte(2) << 6 | byte(3);
  bool wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
              (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
              (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
              (code >= 0x1f300 && code <= 0x1faff);
  return wide ? 2 : 1;
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string kept;
  std::size_t used = 0;
  while (!text.empty()) {
    std::size_t bytes = character_bytes(text);
    std::size_t cells = cells_of(text.substr(0, bytes));
    if (used + cells + 1 > width) break;
    kept += text.substr(0, bytes);
    used += cells;
    text.remove_prefix(bytes);
  }
  return kept + "…";
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.,-+e%") == std::string_view::npos;
}

// Takes width from the widest columns until the line fits.
void fit(std::vector<std::size_t>& widths, std::size_t columns) {
  auto total = [&] {
    std::size_t sum = 0;
    for (std::size_t width : widths) sum += width + 2;
    return sum;
  };
  while (total() > columns) {
    auto widest = std::ranges::max_element(widths);
    if (*widest <= 6) break;
    --*widest;
  }
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    std::size_t bytes = character_bytes(text);
    width += cells_of(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  // C1 control characters are two bytes in UTF-8: 0xc2 0x80 to 0xc2 0x9f.
  for (std::size_t at = 0;
       (at = shown.find('\xc2', at)) != std::string::npos && at + 1 < shown.size(); ++at)
    if (auto next = static_cast<unsigned char>(shown[at + 1]); next >= 0x80 && next < 0xa0)
      shown.replace(at, 2, fmt::format("\\u{:04x}", next));
  return shown;
}

std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  std::vector<std::size_t> widths;
  std::vector<bool> numeric(header.size(), !rows.empty());
  for (const std::string& name : header) widths.push_back(display_width(name));
  for (const auto& row : rows)
    for (std::size_t i = 0; i < header.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
      if (!row[i].empty() && !is_number(row[i])) numeric[i] = false;
    }
  fit(widths, columns);
  std::string text;
  auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string shown = cut(cells[i], widths[i]);
      std::string padding(widths[i] - std::min(widths[i], display_width(shown)), ' ');
      line += numeric[i] ? padding + shown : shown + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line(header);
  for (const auto& row : rows) add_line(row);
  return text;
}

}  // namespace cloister::app
