// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line.hpp"

#include <string>
#include <string_view>

namespace cloister::app {

// Help on the program (empty prefix), on a group ("data") or on one command.
std::string help_text(std::string_view prefix);
// A completion script for bash, zsh or fish; empty for another shell.
std::string completion_script(std::string_view shell);

}  // namespace cloister::app
