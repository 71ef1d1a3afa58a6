// SPDX-License-Identifier: Apache-2.0
// The cell of one run: what is asked of it, what it sees, and how its end is read.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/kernels/run.hpp"

#include <chrono>
#include <stop_token>
#include <string>

namespace cloister::kernels {

// Refuses what cannot run: another kind of file, a name that is none, a missing Python.
base::Outcome check_request(const RunRequest& request);

cell::CellSpec spec_of(const RunRequest& request, const std::string& door);

// Waits for the end of the cell; ends it when the time is over (EndReason::timeout) or `stop` is
// requested.
base::Result<cell::CellExit> wait_for_end(cell::Cell& cell, std::chrono::milliseconds timeout,
                                          std::stop_token stop);

// Status, code, message and seconds of a result; kernels.cell-failed when nothing ran.
base::Outcome judge_exit(const cell::CellExit& exit, std::chrono::milliseconds timeout,
                         RunResult& result);

}  // namespace cloister::kernels
