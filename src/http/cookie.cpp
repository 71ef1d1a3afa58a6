// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/cookie.hpp"

#include "cloister/base/check.hpp"
#include "cloister/http/headers.hpp"

#include <algorithm>

namespace cloister::http {
namespace {

// cookie-octet of RFC 6265 §4.1.1: no control, space, quote, comma, semicolon or backslash.
bool is_octet(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    return value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_cookies(std::string_view field) {
  std::vector<std::pair<std::string, std::string>> cookies;
  while (!field.empty() && cookies.size() < cookies_max) {
    auto end = std::min(field.find(';'), field.size());
    std::string_view part = field.substr(0, end);
    field.remove_prefix(std::min(end + 1, field.size()));
    auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view name = trimmed(part.substr(0, equals));
    if (!name.empty())
      cookies.emplace_back(std::string(name),
                           std::string(unquoted(trimmed(part.substr(equals + 1)))));
  }
  return cookies;
}

std::string to_field(const Cookie& cookie) {
  CLOISTER_CHECK(!cookie.name.empty() && std::ranges::all_of(cookie.name, is_octet));
  CLOISTER_CHECK(std::ranges::all_of(cookie.value, is_octet));
  CLOISTER_CHECK(std::ranges::all_of(cookie.path, is_octet));
  std::string field = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
  if (cookie.lives) field += "; Max-Age=" + std::to_string(cookie.lives->count());
  if (cookie.http_only) field += "; HttpOnly";
  field += cookie.same_site == SameSite::strict ? "; SameSite=Strict" : "; SameSite=Lax";
  return field;
}

std::string forgotten_cookie(std::string name, std::string path) {
  Cookie cookie;
  cookie.name = std::move(name);
  cookie.path = std::move(path);
  cookie.lives = std::chrono::seconds(0);
  return to_field(cookie);
}

}  // namespace cloister::http
