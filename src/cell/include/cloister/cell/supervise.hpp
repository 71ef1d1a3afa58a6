// SPDX-License-Identifier: Apache-2.0
// The program cloister-cell: supervisor of one cell.
#pragma once

#include "cloister/io/descriptor.hpp"

namespace cloister::cell {

// What a test build switched off, to show that a check notices. In the programs that people run
// these are constants: there is no code behind them. Setting one needs its own token header
// (weaken/*.hpp).
struct Weakenings {
#ifdef CLOISTER_TEST_WEAKENING
  bool network_namespace = false;
  bool seccomp = false;
  bool landlock = false;
#else
  static constexpr bool network_namespace = false;
  static constexpr bool seccomp = false;
  static constexpr bool landlock = false;
#endif
};

// Reads one specification from the control socket, builds the cell, reports its events there, and
// returns when nothing of the cell is left. The exit code of the program: 0 when a cell ran.
// The end of the control socket (its owner is gone) ends the cell.
int supervise(io::Descriptor control, Weakenings weakenings = {});

// The number under which the program finds its control socket.
inline constexpr int supervisor_control_descriptor = 3;

}  // namespace cloister::cell
