// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/attach.hpp"

#include <gtest/gtest.h>

namespace cloister::cell::attach {
namespace {

TEST(AttachJson, OrdersComeBack) {
  for (const Order& order :
       {Order(Subscribe{.from = 7, .credit = 9}), Order(Credit{.bytes = 3}),
        Order(Send{.channel = wire::Channel::control, .sizes = {1, 2, 3, 4}}), Order(Interrupt{}),
        Order(Shutdown{.restart = true}), Order(Kill{}), Order(AskState{}),
        Order(AttemptsTaken{.through = 5}), Order(Forget{})}) {
    auto again = order_from_json(to_json(order));
    ASSERT_TRUE(again) << to_json(order);
    EXPECT_EQ(again->index(), order.index());
    EXPECT_EQ(to_json(*again), to_json(order));
  }
}

TEST(AttachJson, EventsComeBack) {
  Attempt attempt;
  attempt.operation = "connect";
  CellExit exit;
  exit.reason = EndReason::killed;
  exit.message = "m";
  State state;
  state.lost = 4;
  Message message;
  message.seq = 8;
  message.first = 6;
  message.channel = wire::Channel::stdin;
  message.sizes = {0, 1, 2, 3};
  for (const Event& event :
       {Event(state), Event(message), Event(Attempted{.number = 3, .attempt = attempt}),
        Event(Door{}), Event(Ended{.exit = exit, .last_words = "w"}),
        Event(Refused{.error = base::Error("a.b", base::Kind::failed, "m")})}) {
    auto again = event_from_json(to_json(event));
    ASSERT_TRUE(again) << to_json(event);
    EXPECT_EQ(to_json(*again), to_json(event));
  }
}

TEST(AttachJson, RefusesNonsense) {
  for (const char* text :
       {"", "{}", R"({"do":"fly"})", R"({"do":"subscribe","from":-1,"credit":1})",
        R"({"do":"send","channel":"moon","sizes":[]})", R"({"do":"send","channel":"shell"})",
        R"({"do":"send","channel":"shell","sizes":[-1]})",
        R"({"do":"send","channel":"shell","sizes":[5000000000]})"})
    EXPECT_FALSE(order_from_json(text)) << text;
  for (const char* text : {"{}", R"({"event":"x"})", R"({"event":"message","seq":1})",
                           R"({"event":"ended","exit":{"event":"started","pid":1}})"})
    EXPECT_FALSE(event_from_json(text)) << text;
}

}  // namespace
}  // namespace cloister::cell::attach
