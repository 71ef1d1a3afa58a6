// SPDX-License-Identifier: Apache-2.0
// The Cookie field of a stranger, and lists in other fields.
#include "cloister/base/check.hpp"
#include "cloister/http/cookie.hpp"
#include "cloister/http/headers.hpp"

#include <cstddef>
#include <cstdint>

namespace http = cloister::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view raw(reinterpret_cast<const char*>(data), size);
  auto cookies = http::parse_cookies(raw);
  CLOISTER_CHECK(cookies.size() <= http::cookies_max);
  for (const auto& [name, value] : cookies) {
    CLOISTER_CHECK(!name.empty());
    CLOISTER_CHECK(name.find_first_of(";=") == std::string::npos);
    CLOISTER_CHECK(value.find(';') == std::string::npos);
  }
  http::Headers headers{{"Connection", std::string(raw)}};
  (void)headers.lists("connection", "upgrade");
  CLOISTER_CHECK(headers.get("CONNECTION") == raw);
  return 0;
}
