// SPDX-License-Identifier: Apache-2.0
// Folds attempts that flood, so that a cell can fill neither the disk nor the memory of anybody.
#pragma once

#include "cloister/cell/attempt.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cloister::cell {

struct FoldLimits {
  std::chrono::milliseconds window{1000};    // attempts alike within it become one
  std::size_t distinct_per_window = 50;      // more of them become one summary
  std::uint64_t distinct_in_total = 10'000;  // then only summaries, ever more rarely
  std::chrono::milliseconds window_max{60'000};
};

// The first attempt of a kind is handed out at once; those alike in the same window follow as one
// with their count when the window closes, and what went over the limits as one with the operation
// "flood". The counts add up to what happened. Not thread-safe. Memory is bounded by the limits.
class AttemptFolder {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit AttemptFolder(FoldLimits limits = {}) : limits_(limits), window_(limits.window) {}

  // `attempt` lacks its program; `complete` fills it in (it costs, so only for what is handed out).
  void add(Attempt attempt, Time now, const std::function<void(Attempt&)>& complete);
  // Hands out what is due. `last` closes the window early, at the end of the cell.
  std::vector<Attempt> take(Time now, bool last = false);
  // When take() will have something that is not there yet; Time::max() for never.
  Time due() const;

 private:
  struct Kind {
    Attempt repeated;         // count: how many came after the one handed out
    std::uint64_t count = 0;  // 0: nothing to hand out at the end
  };
  void close_window(Time now);

  FoldLimits limits_;
  std::chrono::milliseconds window_;
  Time window_end_ = Time::max();
  std::map<std::string, Kind> kinds_;
  std::uint64_t flooded_ = 0;
  Attempt last_flooded_;
  std::uint64_t distinct_total_ = 0;
  std::vector<Attempt> ready_;
};

}  // namespace cloister::cell
