// SPDX-License-Identifier: Apache-2.0
// Numbers as Python's json reads and writes them.
#pragma once

#include <string>
#include <string_view>

namespace cloister::wire {

// repr(float(text)): the shortest text that reads back the same, 16 digits before the exponent
// form.
std::string python_float(std::string_view text);
// str(int(text)) of a JSON integer: "-0" is "0".
std::string python_integer(std::string_view text);

}  // namespace cloister::wire
