// SPDX-License-Identifier: Apache-2.0
// Every wait ends at a point in time, not after a span: nested waits then share one end.
#pragma once

#include <chrono>

namespace cloister::io {

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline no_deadline = Deadline::max();
inline Deadline deadline_in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace cloister::io
