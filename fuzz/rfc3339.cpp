// SPDX-License-Identifier: Apache-2.0
// Times as text: what is accepted is written back to something that means the same.
#include "cloister/base/check.hpp"
#include "cloister/base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace base = cloister::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto time = base::parse_rfc3339({reinterpret_cast<const char*>(data), size});
  if (!time) return 0;
  CLOISTER_CHECK(size <= 27);
  CLOISTER_CHECK(base::parse_rfc3339(base::to_rfc3339(*time)) == time);
  return 0;
}
