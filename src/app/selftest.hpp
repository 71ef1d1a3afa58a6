// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>

#include "command_line.hpp"

namespace cloister::app {

// `cloister selftest`: needs no home. Returns the exit code (4 when a probe escaped).
int selftest(const ParsedLine& line, std::stop_token stop);

}  // namespace cloister::app
