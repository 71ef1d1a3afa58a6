// SPDX-License-Identifier: Apache-2.0
// Cookies: the field that a browser sends, and the field that we send.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloister::http {

inline constexpr std::size_t cookies_max = 200;

// `Cookie: a=1; b="2"` in its order; what is not a cookie is left out, as are those beyond the
// most.
std::vector<std::pair<std::string, std::string>> parse_cookies(std::string_view field);

enum class SameSite { lax, strict };
struct Cookie {
  std::string name;
  std::string value;
  std::string path = "/";
  std::optional<std::chrono::seconds> lives;  // otherwise as long as the browser
  bool http_only = true;                      // out of reach of scripts
  SameSite same_site = SameSite::lax;
};
// The value of a Set-Cookie field. Aborts on a name or value that needs quoting: they are ours.
std::string to_field(const Cookie& cookie);
// Makes the browser forget it.
std::string forgotten_cookie(std::string name, std::string path);

}  // namespace cloister::http
