// SPDX-License-Identifier: Apache-2.0
// Progress of a long command on standard error: a bar on a terminal, plain lines elsewhere.
#pragma once

#include "cloister/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace cloister::app {

// Shows nothing in the first second. Thread-safe.
class ProgressDisplay {
 public:
  ProgressDisplay(base::Clock& clock, bool quiet);
  ~ProgressDisplay() { clear(); }
  void show(std::string_view what, std::uint64_t done, std::uint64_t total);
  void clear();  // takes the bar off the terminal

 private:
  std::string bar_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                       double seconds) const;

  base::Clock& clock_;
  bool quiet_;
  bool terminal_;
  std::mutex lock_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_;
  std::string last_what_;
  bool bar_visible_ = false;
};

}  // namespace cloister::app
