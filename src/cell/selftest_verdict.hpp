// SPDX-License-Identifier: Apache-2.0
// From what a probe said and what the outside's witnesses saw to a verdict: pure, so that tests can
// put every case to it.
#pragma once

#include "cloister/cell/selftest.hpp"

#include <set>
#include <string>
#include <vector>

namespace cloister::cell {

// One row of `cloister-probe --list`.
struct ProbeRow {
  std::string id;
  std::string title;
  std::string family;
  std::set<std::string> traits;
  bool has(const char* trait) const { return traits.contains(trait); }
  // The outside's own observation decides, not the probe's word.
  bool witnessed() const { return has("outlives") || has("neighbour"); }
};

enum class Said { open, within, blocked, nothing };

// One run of a probe, outside or in a cell.
struct ProbeRun {
  Said said = Said::nothing;
  int error = 0;
  std::string detail;
  bool ended_by_force = false;         // killed, by a filter or a limit
  std::vector<std::string> witnesses;  // what the outside saw of it; anything is too much in a cell
};

struct Verdicts {
  CellVerdict cell;
  ControlVerdict control;
};

// `as_root`: the selftest was started by root.
Verdicts judge_probe(const ProbeRow& row, bool as_root, const ProbeRun& control,
                     const ProbeRun& cell);

}  // namespace cloister::cell
