// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/numbers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cloister::report {
namespace {

TEST(Numbers, ThousandsAreSeparated) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(13583), "13,583");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Numbers, SizesHaveUnits) {
  EXPECT_EQ(size_text(999), "999 bytes");
  EXPECT_EQ(size_text(1234), "1.2 kB");
  EXPECT_EQ(size_text(23881820), "23.9 MB");
  EXPECT_EQ(size_text(10'000'000'000), "10.00 GB");
}

TEST(Numbers, DecimalsGroupOnlyTheWholePart) {
  EXPECT_EQ(decimal(1234.5678, 2), "1,234.57");
  EXPECT_EQ(decimal(-0.5, 1), "-0.5");
  EXPECT_EQ(decimal(std::numeric_limits<double>::infinity(), 1), "n/a");
}

TEST(Numbers, CountsAgreeWithTheirNoun) {
  EXPECT_EQ(counted(1, "attempt", "attempts"), "1 attempt");
  EXPECT_EQ(counted(12, "attempt", "attempts"), "12 attempts");
}

TEST(Numbers, PercentOfAPart) {
  EXPECT_EQ(percent(0.1234), "12.3 %");
}

}  // namespace
}  // namespace cloister::report
