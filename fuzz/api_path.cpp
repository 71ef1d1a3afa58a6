// SPDX-License-Identifier: Apache-2.0
// A browser sends paths: what is accepted has no way up and means the same when parsed again.
#include "cloister/base/check.hpp"
#include "cloister/contents/path.hpp"

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto path = contents::ApiPath::parse({reinterpret_cast<const char*>(data), size});
  if (!path) return 0;
  const std::string& text = path->text();
  CLOISTER_CHECK(contents::ApiPath::parse(text).value() == *path);
  CLOISTER_CHECK(!text.starts_with('/') && !text.ends_with('/'));
  CLOISTER_CHECK(!("/" + text + "/").contains("/../"));
  CLOISTER_CHECK(!("/" + text + "/").contains("/./"));
  CLOISTER_CHECK(!("/" + text).contains("//") || text.empty());
  if (!path->root()) CLOISTER_CHECK(path->parent().child(path->name()) == *path);
  return 0;
}
