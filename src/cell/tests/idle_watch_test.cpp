// SPDX-License-Identifier: Apache-2.0
#include "idle_watch.hpp"

#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

using namespace std::chrono_literals;

const IdleWatch::Time start{};

TEST(IdleWatch, SilenceAfterAReplyIsALostIdle) {
  IdleWatch watch(5s);
  watch.requested("a", base::as_bytes("header a"));
  EXPECT_EQ(watch.due(), io::no_deadline);
  watch.replied("a", start + 1s);
  EXPECT_EQ(watch.due(), start + 6s);
  EXPECT_TRUE(watch.lost(start + 5s).empty());
  watch.heard(start + 4s);  // outputs still come
  EXPECT_TRUE(watch.lost(start + 6s).empty());
  auto lost = watch.lost(start + 9s);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(base::as_text(lost[0]), "header a");
  EXPECT_TRUE(watch.lost(start + 100s).empty()) << "told once";
}

TEST(IdleWatch, IdleMayComeFirst) {
  IdleWatch watch(5s);
  watch.requested("a", {});
  watch.idle("a");
  watch.replied("a", start);
  watch.requested("b", {});
  watch.replied("b", start);
  watch.idle("b");
  watch.idle("unknown");
  watch.replied("unknown", start);
  EXPECT_EQ(watch.due(), io::no_deadline);
}

TEST(IdleWatch, RemembersABoundedNumber) {
  IdleWatch watch(5s);
  for (int i = 0; i < 100'000; ++i) watch.requested(std::to_string(i), {});
  watch.replied("99999", start);
  EXPECT_EQ(watch.due(), io::no_deadline);
  watch.replied("7", start);
  EXPECT_NE(watch.due(), io::no_deadline);
}

}  // namespace
}  // namespace cloister::cell
