// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cloister::kernels {

// Bytes from a cell as text: each maximal wrong part becomes U+FFFD (Unicode §3.9, as Python's and
// the browsers' decoders do).
std::string to_valid_utf8(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);

}  // namespace cloister::kernels
