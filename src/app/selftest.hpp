// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line.hpp"

namespace cloister::app {

// `cloister selftest`: needs no home, and a process that has started no thread yet. Returns the
// exit code (4 when a probe escaped).
int selftest(const ParsedLine& line);

}  // namespace cloister::app
