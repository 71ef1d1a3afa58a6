// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them (ui.md, "Words").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cloister::report {

std::string with_thousands(std::int64_t number);   // 13,583
std::string size_text(std::int64_t bytes);         // 1.2 MB
std::string decimal(double number, int digits);    // 1,234.5; "n/a" for NaN
std::string percent(double part, int digits = 1);  // 0.123 is 12.3 %
std::string counted(std::int64_t count, std::string_view one,
                    std::string_view many);  // 1 attempt, 12 attempts

}  // namespace cloister::report
