// SPDX-License-Identifier: Apache-2.0
// The sign in the browser's tab: a cloister's arch, with a dot while a kernel works.
#pragma once

#include <string_view>

namespace cloister::rest {

constexpr std::string_view favicon(bool busy) {
  constexpr std::string_view idle_svg =
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1f4e5f"/><path d="M7 27V15a9 9 0 0 1 18 0v12h-5V16a4 4 0 0 0-8 0v11z" fill="#f4f1ea"/></svg>)";
  constexpr std::string_view busy_svg =
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1f4e5f"/><path d="M7 27V15a9 9 0 0 1 18 0v12h-5V16a4 4 0 0 0-8 0v11z" fill="#f4f1ea"/><circle cx="25" cy="8" r="6" fill="#e0a030"/></svg>)";
  return busy ? busy_svg : idle_svg;
}

}  // namespace cloister::rest
