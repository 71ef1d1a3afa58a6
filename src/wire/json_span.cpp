// SPDX-License-Identifier: Apache-2.0
#include "json_span.hpp"

#include <bitset>
#include <cstddef>

namespace cloister::wire {
namespace {

constexpr std::size_t depth_max = 1024;
constexpr std::size_t members_max = 64;
constexpr std::size_t none = std::string_view::npos;

std::size_t skip_space(std::string_view text, std::size_t at) {
  std::size_t next = text.find_first_not_of(" \t\r\n", at);
  return next == none ? text.size() : next;
}

// `at` is the opening quotation mark; the result lies behind the closing one.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return none;
}

// A value that starts with a bracket, to behind the one that closes it.
std::size_t skip_nested(std::string_view text, std::size_t at) {
  std::bitset<depth_max> is_object;
  std::size_t depth = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      if (at == none) return none;
      continue;
    }
    if (c == '{' || c == '[') {
      if (depth == depth_max) return none;
      is_object[depth++] = c == '{';
    } else if (c == '}' || c == ']') {
      if (is_object[--depth] != (c == '}')) return none;
      if (depth == 0) return at + 1;
    }
    ++at;
  }
  return none;
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return none;
  if (text[at] == '{' || text[at] == '[') return skip_nested(text, at);
  if (text[at] == '"') return skip_string(text, at);
  std::size_t end = text.find_first_of(",}] \t\r\n", at);
  return end == at ? none : end;
}

}  // namespace

bool is_one_object(std::string_view text) {
  std::size_t start = skip_space(text, 0);
  if (start == text.size() || text[start] != '{') return false;
  std::size_t end = skip_nested(text, start);
  return end != none && skip_space(text, end) == text.size();
}

std::optional<std::map<std::string_view, std::string_view>> members_of(std::string_view text) {
  if (!is_one_object(text)) return std::nullopt;
  std::map<std::string_view, std::string_view> members;
  std::size_t at = skip_space(text, skip_space(text, 0) + 1);
  if (text[at] == '}') return members;
  for (;;) {
    if (at >= text.size() || text[at] != '"' || members.size() == members_max) return std::nullopt;
    std::size_t name_end = skip_string(text, at);
    if (name_end == none) return std::nullopt;
    std::string_view name = text.substr(at + 1, name_end - at - 2);
    at = skip_space(text, name_end);
    if (name.find('\\') != none || at >= text.size() || text[at] != ':') return std::nullopt;
    at = skip_space(text, at + 1);
    std::size_t end = skip_value(text, at);
    if (end == none || !members.emplace(name, text.substr(at, end - at)).second)
      return std::nullopt;
    at = skip_space(text, end);
    if (at >= text.size() || (text[at] != ',' && text[at] != '}')) return std::nullopt;
    if (text[at] == '}') return members;
    at = skip_space(text, at + 1);
  }
}

}  // namespace cloister::wire
