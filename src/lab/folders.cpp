// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/folders.hpp"

namespace cloister::lab {

bool is_plain_relative(std::string_view name) {
  constexpr std::string_view forbidden("\\\0", 2);
  if (name.empty() || name.find_first_of(forbidden) != name.npos) return false;
  for (std::size_t at = 0; at <= name.size();) {
    std::size_t end = std::min(name.find('/', at), name.size());
    std::string_view part = name.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return false;
    at = end + 1;
  }
  return true;
}

}  // namespace cloister::lab
