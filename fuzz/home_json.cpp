// SPDX-License-Identifier: Apache-2.0
// home.json and vault/keys lie in the open: anybody who can write to the home chooses their bytes.
#include "cloister/vault/home_file.hpp"

#include <cstdlib>

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto home = vault::parse_home_file(text);
  if (!home) {
    if (home.error().kind != base::Kind::integrity || home.error().message.empty()) std::abort();
    return 0;
  }
  // Exactly one text stands for one home.
  if (vault::to_text(*home) != text) std::abort();
  if (home->id.size() != 16 || home->owner.empty()) std::abort();
  return 0;
}
