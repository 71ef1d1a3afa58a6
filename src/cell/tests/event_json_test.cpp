// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/event_json.hpp"

#include "cloister/cell/errors.hpp"

#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

TEST(EventJson, KeepsAnAttempt) {
  Attempt attempt;
  attempt.time = base::WallTime(base::Microseconds(1'700'000'000'123'456));
  attempt.cell = "c";
  attempt.pid = 42;
  attempt.program = "/usr/bin/python3.11 x.py";
  attempt.operation = "connect";
  attempt.family = "inet6";
  attempt.address = "2001:db8::80";
  attempt.port = 443;
  attempt.host = R"(a\000.b)";
  attempt.count = 12;
  auto event = event_from_json(event_to_json(attempt));
  ASSERT_TRUE(event);
  const auto& read = std::get<Attempt>(*event);
  EXPECT_EQ(read.time, attempt.time);
  EXPECT_EQ(read.pid, 42);
  EXPECT_EQ(read.address, attempt.address);
  EXPECT_EQ(read.port, 443);
  EXPECT_EQ(read.host, attempt.host);
  EXPECT_EQ(read.verdict, "refused");
  EXPECT_EQ(read.count, 12u);
}

TEST(EventJson, KeepsAnExit) {
  for (EndReason reason : {EndReason::exited, EndReason::signalled, EndReason::timeout,
                           EndReason::killed, EndReason::setup_failed}) {
    CellExit exit;
    exit.reason = reason;
    exit.code = 3;
    exit.seconds = 1.5;
    exit.unrouted = 7;
    exit.interfaces = {"lo", "eth0"};
    auto event = event_from_json(event_to_json(exit));
    ASSERT_TRUE(event);
    const auto& read = std::get<CellExit>(*event);
    EXPECT_EQ(read.reason, reason);
    EXPECT_EQ(read.code, 3);
    EXPECT_DOUBLE_EQ(read.seconds, 1.5);
    EXPECT_EQ(read.unrouted, 7u);
    EXPECT_EQ(read.interfaces.size(), 2u);
  }
}

TEST(EventJson, KeepsAnErrorAndRefusesNonsense) {
  auto event = event_from_json(event_to_json(base::Error(errors::bubblewrap_missing, "m", "h")));
  ASSERT_TRUE(event);
  EXPECT_TRUE(std::get<base::Error>(*event).is(errors::bubblewrap_missing));
  EXPECT_EQ(std::get<base::Error>(*event).kind, base::Kind::missing);
  for (const char* text :
       {"", "{}", "[]", R"({"event":"exit"})", R"({"event":"exit","reason":"x","interfaces":[]})",
        R"({"event":"attempt"})", R"({"event":"failed"})"})
    EXPECT_FALSE(event_from_json(text)) << text;
}

}  // namespace
}  // namespace cloister::cell
