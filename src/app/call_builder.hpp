// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/api/call.hpp"

#include "command_line.hpp"

namespace cloister::app {

// Turns a parsed line into a call: input files are opened here, with the rights of whoever typed
// the command, and travel as descriptors.
base::Result<api::Call> build_call(const ParsedLine& line);

}  // namespace cloister::app
