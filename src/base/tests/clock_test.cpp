// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/clock.hpp"

#include "cloister/base/random.hpp"

#include <gtest/gtest.h>

namespace cloister::base {
namespace {

using namespace std::chrono_literals;

WallTime at(std::int64_t microseconds) {
  return WallTime(Microseconds(microseconds));
}

TEST(Rfc3339, WritesUtcWithMicroseconds) {
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(at(1'000'000'000'000'001)), "2001-09-09T01:46:40.000001Z");
  EXPECT_EQ(to_rfc3339(at(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(at(951'782'400'000'000)), "2000-02-29T00:00:00.000000Z");
}

TEST(Rfc3339, ReadsWhatItWrites) {
  SeededRandom random(1);
  for (int round = 0; round < 10000; ++round) {
    WallTime time = at(static_cast<std::int64_t>(random.next() % 253'402'300'800'000'000));
    EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time);
  }
  EXPECT_EQ(to_rfc3339(parse_rfc3339("9999-12-31T23:59:59.999999Z").value()),
            "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(parse_rfc3339("0000-01-01T00:00:00Z").value()),
            "0000-01-01T00:00:00.000000Z");
}

TEST(Rfc3339, FractionsMayBeShorter) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01Z"), at(1'000'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.5Z"), at(1'500'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.000010Z"), at(1'000'010));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "Z",
                           "2026",
                           "2026-11-25",
                           "2026-11-25T21:36:00",
                           "2026-11-25 21:36:00Z",
                           "2026-11-25t21:36:00Z",
                           "2026-11-25T21:36:00z",
                           "2026-11-25T21:36:00+00:00",
                           "2026-11-25T21:36:00.Z",
                           "2026-11-25T21:36:00.1234567Z",
                           "2026-11-25T21:36:00.12x456Z",
                           "2026-11-25T21:36:00Z ",
                           " 2026-11-25T21:36:00Z",
                           "2026-13-25T21:36:00Z",
                           "2026-00-25T21:36:00Z",
                           "2026-11-31T21:36:00Z",
                           "2026-11-00T21:36:00Z",
                           "2023-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-11-25T24:00:00Z",
                           "2026-11-25T21:60:00Z",
                           "2016-12-31T23:59:60Z",
                           "+026-11-25T21:36:00Z",
                           "-026-11-25T21:36:00Z",
                           "2026-1-25T21:36:00Z",
                           "20261125T213600Z",
                           "2026-11-25T21:36:00ZZ",
                           "2026-11-25T21:36:00.1",
                           "2026-11-25T2a:36:00Z"})
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock(at(100));
  EXPECT_EQ(clock.now(), at(100));
  auto before = clock.monotonic();
  clock.advance(5us);
  EXPECT_EQ(clock.now(), at(105));
  EXPECT_EQ(clock.monotonic() - before, 5us);
  clock.set_wall_time(at(50));  // somebody set the clock back
  EXPECT_EQ(clock.now(), at(50));
  EXPECT_EQ(clock.monotonic() - before, 5us);
}

TEST(SystemClock, IsTheMachinesClock) {
  SystemClock clock;
  auto before = std::chrono::system_clock::now();
  WallTime now = clock.now();
  EXPECT_LE(now, std::chrono::system_clock::now());
  EXPECT_GE(now, std::chrono::time_point_cast<Microseconds>(before));
  EXPECT_LE(clock.monotonic(), clock.monotonic());
}

}  // namespace
}  // namespace cloister::base
