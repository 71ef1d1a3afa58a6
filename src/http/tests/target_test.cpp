// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/target.hpp"

#include "cloister/http/errors.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

using Segments = std::vector<std::string>;

TEST(Target, PathsAndQueriesAreDecodedOnce) {
  Target target =
      parse_target("/api/contents/a%20b+c/%C3%A4%252F?type=file&x=1+2%2B&x=&flag").value();
  EXPECT_EQ(target.segments, (Segments{"api", "contents", "a b+c", "ä%2F"}));
  EXPECT_EQ(target.path, "/api/contents/a b+c/ä%2F");
  EXPECT_EQ(target.query.get("x"), "1 2+");
  EXPECT_EQ(target.query.find("flag"), std::optional<std::string_view>(""));
  EXPECT_EQ(target.query.find("y"), std::nullopt);
  EXPECT_EQ(target.query.size(), 4u);
}

TEST(Target, AnEscapedSlashStaysInItsSegment) {
  Target target = parse_target("/lab/api/settings/%40jupyterlab%2Fapputils%3Athemes").value();
  EXPECT_EQ(target.segments.back(), "@jupyterlab/apputils:themes");
  EXPECT_EQ(parse_target("/").value().segments, Segments{""});
  EXPECT_EQ(parse_target("/a/").value().segments, (Segments{"a", ""}));
  EXPECT_EQ(parse_target("/a?1700000000").value().query.size(), 1u);  // JupyterLab's cache buster
}

TEST(Target, NoTraversalInAnyDisguise) {
  for (const char* raw :
       {"/..", "/../etc/passwd", "/a/../b", "/a/..", "/%2e%2e/a", "/.%2E/a", "/a/%2e%2e%2fb",
        "/a%2f..%2fb", "/a%2F%2e%2e", "/files/..%2f..%2fetc", "/.", "/a/./b", "/%2e"})
    EXPECT_TRUE(parse_target(raw).error().is(errors::bad_target)) << raw;
  EXPECT_TRUE(parse_target("/a..b/..c/d../...").has_value());
  EXPECT_TRUE(parse_target("/a?path=../b").has_value());  // a value is its handler's business
}

TEST(Target, WhatIsNotATargetIsRefused) {
  for (const std::string& raw :
       {std::string(""), std::string("*"), std::string("a"), std::string("http://localhost/a"),
        std::string("/%"), std::string("/%4"), std::string("/%zz"), std::string("/a%00b"),
        std::string("/%ff"), std::string("/%c0%ae"), std::string("/a b"), std::string("/a#b"),
        std::string("/a\x01"), std::string("/?a=%00"), std::string("/?a=%"),
        "/" + std::string(target_bytes_max, 'a')})
    EXPECT_FALSE(parse_target(raw).has_value()) << raw;
  std::string many = "/?";
  for (std::size_t i = 0; i <= query_parameters_max; ++i) many += "a&";
  EXPECT_FALSE(parse_target(many).has_value());
}

TEST(Target, EncodingComesBack) {
  std::string name = "a b/ä?#%&=+\"";
  EXPECT_EQ(percent_decoded(percent_encoded(name)).value(), name);
  EXPECT_EQ(percent_encoded("a b/c"), "a%20b/c");
}

}  // namespace
}  // namespace cloister::http
