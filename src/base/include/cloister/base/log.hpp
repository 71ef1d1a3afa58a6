// SPDX-License-Identifier: Apache-2.0
// Progress and log lines go to standard error; standard output belongs to results.
#pragma once

#include <string_view>

namespace cloister::base {

enum class LogLevel { quiet, info, debug };

// Process-wide, set once at start by the program's main.
void set_log_level(LogLevel level);
// One line, whole even when several threads write. Never holds values of a dataset or secrets.
void log_info(std::string_view line);
void log_debug(std::string_view line);

}  // namespace cloister::base
