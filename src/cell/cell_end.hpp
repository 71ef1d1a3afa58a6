// SPDX-License-Identifier: Apache-2.0
// How a cell ended, in the words of CellExit.
#pragma once

#include "cloister/cell/cell.hpp"

#include "running_cell.hpp"

namespace cloister::cell {

// After `status` or bubblewrap told: reason, code and signal.
void read_end(const RunningCell& cell, CellExit& exit);
// When everything of the cell is gone: counters, and what a limit ended.
void complete_exit(RunningCell& cell, const Limits& limits, CellExit& exit);

}  // namespace cloister::cell
