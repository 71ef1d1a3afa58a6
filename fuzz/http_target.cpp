// SPDX-License-Identifier: Apache-2.0
// Targets of requests: what is accepted never walks, is text, and means the same when encoded
// again.
#include "cloister/base/check.hpp"
#include "cloister/http/target.hpp"
#include "cloister/http/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace http = cloister::http;
namespace base = cloister::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view raw(reinterpret_cast<const char*>(data), size);
  auto form = http::parse_parameters(raw);
  if (form) CLOISTER_CHECK(form->size() <= http::query_parameters_max);
  auto target = http::parse_target(raw);
  if (!target) return 0;
  std::string walled = target->path + "/";
  CLOISTER_CHECK(walled.find("/../") == std::string::npos);
  CLOISTER_CHECK(walled.find("/./") == std::string::npos);
  CLOISTER_CHECK(walled.find('\0') == std::string::npos);
  CLOISTER_CHECK(http::is_utf8(base::as_bytes(target->path)));
  auto again = http::parse_target(http::percent_encoded(target->path));
  CLOISTER_CHECK(!again || again->path == target->path);  // not when the encoding is too long
  return 0;
}
