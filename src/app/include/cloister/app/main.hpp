// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cloister::app {

// The program `cloister`: parses the command line, runs one command, prints its result. Returns the
// exit code.
int run_program(int argc, char** argv);

}  // namespace cloister::app
