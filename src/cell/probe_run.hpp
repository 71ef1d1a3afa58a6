// SPDX-License-Identifier: Apache-2.0
// Runs one probe, outside of a cell or in one, and collects its answer and its witnesses.
#pragma once

#include "cloister/base/result.hpp"

#include "outside_world.hpp"
#include "selftest_verdict.hpp"

namespace cloister::cell {

// The control: directly in the outside world, as the person, or with the world's capabilities.
base::Result<ProbeRun> run_control(OutsideWorld& world, const ProbeRow& row);

struct CellRun {
  ProbeRun run;
  std::uint64_t recorded = 0;  // refused attempts
};
base::Result<CellRun> run_in_cell(OutsideWorld& world, const ProbeRow& row);

// Shared by both.
void add_resource_fixtures(boost::json::object& fixtures);
struct Output {
  std::string text;
  bool ended = true;  // nobody holds the other end any more
};
// Reads at most 64 KiB, until the end, a line when `one_line`, or the deadline.
Output collect_output(const io::Descriptor& pipe, bool one_line, int wait_ms);
ProbeRun parse_answer(const std::string& text);
// Descriptors of the outside that are open, and inherited, while this lives; a terminal that the
// world's session has.
class LeftOpen {
 public:
  LeftOpen(OutsideWorld& world, const ProbeRow& row);
  ~LeftOpen();
  LeftOpen(const LeftOpen&) = delete;
  LeftOpen& operator=(const LeftOpen&) = delete;
  const io::Descriptor& terminal() const { return terminal_; }

 private:
  io::Descriptor socket_;
  io::Descriptor folder_;
  io::Descriptor master_;
  io::Descriptor terminal_;
};

}  // namespace cloister::cell
