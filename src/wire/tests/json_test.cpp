// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/json.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"

#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

TEST(Json, RefusesAKeyThatComesTwice) {
  EXPECT_FALSE(parse_json(R"({"a":1,"a":1})"));
  EXPECT_FALSE(parse_json(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(parse_json(R"([{"x":{"a":1,"b":2,"a":3}}])"));
  EXPECT_FALSE(parse_json(R"({"":1,"":2})"));
}

TEST(Json, SeesColonsAndQuotesInTextsAsText) {
  EXPECT_TRUE(parse_json(R"({"a:b":"c:d","e\"f:":"\\","g":":"})"));
  EXPECT_TRUE(parse_json(R"({"a":{"a":{"a":[{"a":1},{"a":2}]}}})"));
  EXPECT_TRUE(parse_json(R"("a:b")"));
}

TEST(Json, KeepsItsLimits) {
  std::string deepest(base::limits::json_depth_max, '[');
  deepest += std::string(base::limits::json_depth_max, ']');
  EXPECT_TRUE(parse_json(deepest));
  EXPECT_FALSE(parse_json("[" + deepest + "]"));
  EXPECT_FALSE(parse_json(std::string(base::limits::json_bytes_max + 1, ' ')));
  EXPECT_FALSE(parse_json("1 2"));
  EXPECT_FALSE(parse_json("\"\xff\""));
  EXPECT_FALSE(parse_json(""));
}

TEST(Json, CanonicalTextSortsAndKeepsIntegersOnly) {
  auto value = parse_json(R"({ "b": [1, true, null], "a": {"z": "\u00e9", "y": -5} })").value();
  EXPECT_EQ(canonical_json(value), R"({"a":{"y":-5,"z":"é"},"b":[1,true,null]})");
}

}  // namespace
}  // namespace cloister::wire
