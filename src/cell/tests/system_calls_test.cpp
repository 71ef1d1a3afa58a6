// SPDX-License-Identifier: Apache-2.0
#include "system_calls.hpp"

#include <gtest/gtest.h>

#include <map>

namespace cloister::cell {
namespace {

// x86-64 as of Linux 6.18: 0 to 334 and 335 (uretprobe), then the numbers shared by all machines.
constexpr int old_last = 335;
constexpr int shared_first = 424;
constexpr int shared_last = 467;

TEST(SystemCalls, EveryNumberIsOnExactlyOneList) {
  std::map<int, int> seen;
  for (auto list :
       {always_allowed(), allowed_in_kernels(), examined(), forbidden(), pretended_unknown()})
    for (std::string_view name : list) {
      auto number = number_of(name);
      ASSERT_TRUE(number) << name;
      if (*number >= 0) ++seen[*number];
    }
  for (int number = 0; number <= shared_last; ++number) {
    if (number > old_last && number < shared_first) continue;
    EXPECT_EQ(seen[number], 1) << name_of(number);
  }
}

TEST(SystemCalls, NamesThatNobodyKnowsAreErrors) {
  EXPECT_FALSE(number_of("no_such_call"));
  EXPECT_FALSE(number_of(""));
}

TEST(SystemCalls, NamesNewerThanLibseccompResolve) {
  EXPECT_EQ(number_of("mseal").value_or(-1), 462);
  EXPECT_EQ(name_of(467), "open_tree_attr");
  EXPECT_EQ(name_of(41), "socket");
  EXPECT_EQ(name_of(9999), "system call 9999");
}

}  // namespace
}  // namespace cloister::cell
