// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace cloister::base {

void abort_because(std::string_view condition, std::string_view file, int line) {
  std::fprintf(stderr, "cloister: bug: %.*s does not hold at %.*s:%d\n",
               static_cast<int>(condition.size()), condition.data(), static_cast<int>(file.size()),
               file.data(), line);
  std::abort();
}

}  // namespace cloister::base
