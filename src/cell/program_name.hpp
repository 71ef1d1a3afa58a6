// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cloister::cell {

inline constexpr std::size_t program_bytes_max = 200;

// The program of a process: the path of its executable and its arguments, as /proc tells them;
// the arguments are the process's own words. Empty when the process is gone.
std::string program_of(long process);
// At most `program_bytes_max` bytes of printable ASCII; anything else becomes '?'.
std::string printable(std::string_view text);

}  // namespace cloister::cell
