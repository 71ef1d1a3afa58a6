// SPDX-License-Identifier: Apache-2.0
// `cloister selftest`: tries to get out of a cell, in every way that cloister-probe knows, and does
// the same outside of one, where it must work.
#pragma once

#include "cloister/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::cell {

enum class CellVerdict {
  held,         // refused in the cell, while the control worked
  escaped,      // it got out, or an opening that is meant led further than meant
  intended,     // an opening that is meant, and it led no further
  unavailable,  // this kernel or user cannot do it anywhere: says nothing about the cell
  unknown,      // the cell gave no answer: never counted as held
};

enum class ControlVerdict {
  works,
  failed,       // should have worked: then `held` means nothing either
  unavailable,  // this kernel, machine or user cannot; ProbeReport::control_error says why
};

struct ProbeReport {
  std::string id;
  std::string title;
  std::string family;
  CellVerdict cell = CellVerdict::unknown;
  ControlVerdict control = ControlVerdict::failed;
  int control_error = 0;       // errno of an unavailable or failed control
  std::string cell_detail;     // what happened, for people
  std::string control_detail;  // the same of the control
  std::uint64_t recorded = 0;  // refused attempts that the recorder wrote down
};

struct SelftestReport {
  std::vector<ProbeReport> probes;
  std::size_t count(CellVerdict verdict) const;
  std::size_t count(ControlVerdict verdict) const;
  // Nothing escaped, every cell answered, every control worked or is unavailable.
  bool passed() const;
};

struct SelftestOptions {
  std::string only;  // the id of one probe, or the start of ids up to a dash (N1, F5); empty: all
  // Called after each probe, on the caller's thread.
  std::function<void(const ProbeReport&, std::size_t done, std::size_t total)> progress;
};

std::string_view name_of(CellVerdict verdict);
std::string_view name_of(ControlVerdict verdict);

// Needs a process with one thread, as root or as a plain user that may make user namespaces. All
// happens in a forked child with namespaces of its own (sandbox.md §6): no packet leaves the
// machine, and nothing stays behind. Takes about half a minute.
// Errors: cell.no-such-probe, cell.selftest.
base::Result<SelftestReport> run_selftest(const SelftestOptions& options);

}  // namespace cloister::cell
