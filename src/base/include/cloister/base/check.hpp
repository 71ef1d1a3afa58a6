// SPDX-License-Identifier: Apache-2.0
// Bugs abort, in release builds too. Never used on input: bad input is an Error.
#pragma once

#include <string_view>

namespace cloister::base {

[[noreturn]] void abort_because(std::string_view condition, std::string_view file, int line);

}  // namespace cloister::base

// An expression: safe behind an if without braces.
#define CLOISTER_CHECK(condition)                      \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::cloister::base::abort_because(#condition, __FILE__, __LINE__))
