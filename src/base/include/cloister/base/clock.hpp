// SPDX-License-Identifier: Apache-2.0
// Time is injected: production code asks a Clock, tests set one by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cloister::base {

using Microseconds = std::chrono::microseconds;
// Wall time in microseconds since 1970-01-01 UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() = 0;                                     // can go backwards
  virtual std::chrono::steady_clock::time_point monotonic() = 0;  // cannot
};

// The operating system's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  WallTime now() override;
  std::chrono::steady_clock::time_point monotonic() override;
};

// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime{}) : now_(start) {}
  WallTime now() override { return now_; }
  std::chrono::steady_clock::time_point monotonic() override { return monotonic_; }
  void advance(Microseconds by) {
    now_ += by;
    monotonic_ += by;
  }
  void set_wall_time(WallTime now) { now_ = now; }

 private:
  WallTime now_;
  std::chrono::steady_clock::time_point monotonic_{};
};

// RFC 3339 in UTC with microseconds: 2026-11-25T21:36:00.123456Z.
std::string to_rfc3339(WallTime time);
// Accepts what to_rfc3339 writes, also with no fraction or one of 1 to 5 digits.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace cloister::base
