// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cloister::vault {

std::string folded(std::string_view name);  // to ASCII lower case, as names are compared
bool same_name(std::string_view a, std::string_view b);

}  // namespace cloister::vault
