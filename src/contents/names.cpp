// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

namespace cloister::contents {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Where the suffix begins that a number is put in front of.
std::size_t suffix_at(std::string_view name) {
  std::size_t last = name.rfind('.');
  if (last != std::string_view::npos && name.substr(last) == ".ipynb") return last;
  return std::min(name.find('.'), name.size());
}

}  // namespace

std::string numbered_name(std::string_view name, std::string_view insert, std::size_t number) {
  if (number == 0) return std::string(name);
  std::size_t at = suffix_at(name);
  return std::string(name.substr(0, at)) + std::string(insert) + std::to_string(number) +
         std::string(name.substr(at));
}

// re.sub(r"\-Copy\d*\.", ".", name)
std::string without_copy_number(std::string_view name) {
  static constexpr std::string_view mark = "-Copy";
  std::string out;
  while (!name.empty()) {
    if (name.starts_with(mark)) {
      std::size_t end = mark.size();
      while (end < name.size() && is_digit(name[end])) ++end;
      if (end < name.size() && name[end] == '.') {
        name.remove_prefix(end);
        continue;
      }
    }
    out += name.front();
    name.remove_prefix(1);
  }
  return out;
}

std::string checkpoint_name(std::string_view name) {
  std::size_t dot = name.rfind('.');
  // os.path.splitext: dots at the front belong to the stem.
  if (dot == std::string_view::npos || name.find_first_not_of('.') > dot) dot = name.size();
  return std::string(name.substr(0, dot)) + "-checkpoint" + std::string(name.substr(dot));
}

bool listed(std::string_view name) {
  return name != "__pycache__" && name != ".DS_Store" && !name.ends_with(".pyc") &&
         !name.ends_with(".pyo") && !name.ends_with('~');
}

}  // namespace cloister::contents
