// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/result.hpp"

#include "cloister/base/check.hpp"
#include "cloister/base/log.hpp"
#include "cloister/base/random.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace cloister::base {
namespace {

constexpr Code broken{"test.broken", Kind::integrity};
constexpr Code other{"test.other", Kind::denied};

Result<std::unique_ptr<int>> make(bool works) {
  if (!works) return fail(broken, "it broke", "mend it");
  return std::make_unique<int>(5);
}

Outcome check(bool works) {
  if (!works) return fail(other, "no");
  return {};
}

Result<int> chain(bool first, bool second) {
  CLOISTER_TRY(std::unique_ptr<int> value, make(first));
  CLOISTER_TRY_DO(check(second));
  CLOISTER_TRY(auto again, make(true));
  return *value + *again;
}

TEST(Result, TryGoesOnOrReturnsTheError) {
  EXPECT_EQ(chain(true, true).value(), 10);
  Error first = chain(false, true).error();
  EXPECT_TRUE(first.is(broken));
  EXPECT_FALSE(first.is(other));
  EXPECT_EQ(first.kind, Kind::integrity);
  EXPECT_EQ(first.message, "it broke");
  EXPECT_EQ(first.hint, "mend it");
  EXPECT_TRUE(chain(true, false).error().is(other));
}

TEST(Result, SystemErrorsSayWhatAndWhy) {
  Outcome outcome = fail_errno(broken, "cannot open the file", ENOSPC);
  EXPECT_EQ(outcome.error().message, "cannot open the file: No space left on device");
  EXPECT_TRUE(outcome.error().is(broken));
}

TEST(Kinds, HaveStableNamesAndExitCodes) {
  const std::vector<std::pair<Kind, std::pair<std::string, int>>> all{
      {Kind::failed, {"failed", 1}},        {Kind::usage, {"usage", 2}},
      {Kind::denied, {"denied", 3}},        {Kind::integrity, {"integrity", 4}},
      {Kind::missing, {"missing", 5}},      {Kind::locked, {"locked", 6}},
      {Kind::cancelled, {"cancelled", 130}}};
  for (const auto& [kind, promised] : all) {
    EXPECT_EQ(kind_name(kind), promised.first);
    EXPECT_EQ(kind_from_name(promised.first), kind);
    EXPECT_EQ(static_cast<int>(kind), promised.second);
  }
  EXPECT_EQ(kind_from_name("something newer"), Kind::failed);
  EXPECT_EQ(kind_name(static_cast<Kind>(99)), "failed");
}

TEST(CheckDeathTest, ABugAbortsAndSaysWhere) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(CLOISTER_CHECK(1 + 1 == 3), "bug: 1 \\+ 1 == 3 does not hold at .*result_test.cpp");
}

TEST(Check, IsAnExpressionThatFitsBehindAnIf) {
  int branch = 0;
  if (branch == 0)
    CLOISTER_CHECK(true);
  else
    branch = 1;
  EXPECT_EQ(branch, 0);
}

// Standard error of what runs inside.
template <typename Work>
std::string captured(Work work) {
  testing::internal::CaptureStderr();
  work();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, LevelsDecideWhatIsWritten) {
  auto both = [] {
    log_info("news");
    log_debug("detail");
  };
  set_log_level(LogLevel::quiet);
  EXPECT_EQ(captured(both), "");
  set_log_level(LogLevel::info);
  EXPECT_EQ(captured(both), "news\n");
  set_log_level(LogLevel::debug);
  EXPECT_EQ(captured(both), "news\ndetail\n");
  set_log_level(LogLevel::info);
}

TEST(Log, LinesOfSeveralThreadsNeverMix) {
  std::string text = captured([] {
    std::vector<std::thread> threads;
    for (char letter : {'a', 'b', 'c', 'd'})
      threads.emplace_back([letter] {
        for (int i = 0; i < 200; ++i) log_info(std::string(100, letter));
      });
    for (std::thread& thread : threads) thread.join();
  });
  ASSERT_EQ(text.size(), 4u * 200 * 101);
  for (std::size_t line = 0; line < 800; ++line) {
    std::string_view one = std::string_view(text).substr(line * 101, 101);
    EXPECT_EQ(one, std::string(100, one.front()) + '\n');
  }
}

TEST(SeededRandom, ReplaysItsSeedAndDiffersFromOthers) {
  SeededRandom one(42);
  SeededRandom same(42);
  SeededRandom different(43);
  auto bytes = one.bytes<40>();
  EXPECT_EQ(bytes, same.bytes<40>());
  EXPECT_NE(bytes, different.bytes<40>());
  EXPECT_NE(bytes, one.bytes<40>());
  SeededRandom first(0);
  EXPECT_EQ(first.next(), 0xe220a8397b1dcdafu);  // SplitMix64's published first value for seed 0
}

TEST(SystemRandom, FillsAnySizeAndNeverRepeats) {
  SystemRandom random;
  std::vector<std::byte> large(1u << 20);
  random.fill(large);
  std::set<std::byte> values(large.begin(), large.end());
  EXPECT_EQ(values.size(), 256u);
  EXPECT_NE(random.bytes<16>(), random.bytes<16>());
  random.fill({});
}

TEST(RandomId, IsSixteenHexadecimalDigits) {
  SeededRandom random(1);
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    std::string id = random_id(random);
    EXPECT_EQ(id.size(), 16u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
}

}  // namespace
}  // namespace cloister::base
