// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/vault/home.hpp"

#include "command_line.hpp"

namespace cloister::app {

// `cloister init`: makes a home. Returns the exit code.
int initialise(const ParsedLine& line, vault::Services services);

}  // namespace cloister::app
