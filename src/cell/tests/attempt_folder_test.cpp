// SPDX-License-Identifier: Apache-2.0
#include "attempt_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

using namespace std::chrono_literals;

class AttemptFolderTest : public testing::Test {
 protected:
  void add(const std::string& address, int times = 1) {
    for (int i = 0; i < times; ++i) {
      Attempt attempt;
      attempt.operation = "connect";
      attempt.address = address;
      folder_.add(attempt, now_, [this](Attempt& handed_out) {
        ++completed_;
        handed_out.program = "python3";
      });
    }
  }
  static std::uint64_t sum(const std::vector<Attempt>& attempts) {
    std::uint64_t total = 0;
    for (const Attempt& attempt : attempts) total += attempt.count;
    return total;
  }
  AttemptFolder folder_{
      {.window = 1000ms, .distinct_per_window = 5, .distinct_in_total = 12, .window_max = 8000ms}};
  AttemptFolder::Time now_{100s};
  int completed_ = 0;
};

TEST_F(AttemptFolderTest, HandsOutTheFirstAtOnceAndTheRestWithItsCount) {
  add("203.0.113.80", 100);
  EXPECT_LE(folder_.due(), now_);
  auto first = folder_.take(now_);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].count, 1u);
  EXPECT_EQ(first[0].program, "python3");
  EXPECT_EQ(folder_.due(), now_ + 1000ms);
  EXPECT_TRUE(folder_.take(now_ + 999ms).empty());
  auto rest = folder_.take(now_ + 1000ms);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].count, 99u);
  EXPECT_EQ(rest[0].program, "python3");
  EXPECT_EQ(completed_, 1);  // the costly part once
  EXPECT_EQ(folder_.due(), AttemptFolder::Time::max());
}

TEST_F(AttemptFolderTest, FoldsTooManyKindsIntoOneSummary) {
  for (int i = 0; i < 1000; ++i) add(fmt::format("203.0.113.{}", i));
  auto attempts = folder_.take(now_, true);
  EXPECT_EQ(attempts.size(), 6u);
  EXPECT_EQ(attempts.back().operation, "flood");
  EXPECT_EQ(attempts.back().count, 995u);
  EXPECT_EQ(sum(attempts), 1000u);
}

TEST_F(AttemptFolderTest, HandsOutABoundedTotalAndThenEverRarerSummaries) {
  std::uint64_t total = 0;
  std::size_t handed_out = 0;
  for (int second = 0; second < 3600; ++second) {
    for (int i = 0; i < 10; ++i) add(fmt::format("{}.{}", second, i));
    auto attempts = folder_.take(now_);
    total += sum(attempts);
    handed_out += attempts.size();
    now_ += 1s;
  }
  auto last = folder_.take(now_, true);
  EXPECT_EQ(total + sum(last), 36'000u);  // nothing is lost
  EXPECT_LT(handed_out, 12u + 3600 / 8 + 10);
}

TEST_F(AttemptFolderTest, KeepsApartWhatDiffers) {
  add("203.0.113.80");
  add("203.0.113.81");
  now_ += 5s;
  add("203.0.113.80");
  EXPECT_EQ(folder_.take(now_, true).size(), 3u);
}

}  // namespace
}  // namespace cloister::cell
