// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/cookie.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

using Cookies = std::vector<std::pair<std::string, std::string>>;

TEST(Cookie, TheFieldIsReadInItsOrder) {
  EXPECT_EQ(parse_cookies("a=1; b=\"2\";c = 3 ;junk; =x; a=4="),
            (Cookies{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"a", "4="}}));
  EXPECT_TRUE(parse_cookies("").empty());
  EXPECT_TRUE(parse_cookies(";;; ;").empty());
}

TEST(Cookie, TheirNumberIsBounded) {
  std::string many;
  for (std::size_t i = 0; i < 10 * cookies_max; ++i) many += "a=1;";
  EXPECT_EQ(parse_cookies(many).size(), cookies_max);
}

TEST(Cookie, WhatWeSendSaysWhoMayReadIt) {
  Cookie cookie;
  cookie.name = "n";
  cookie.value = "v+/=";
  cookie.path = "/a%40b/";
  cookie.lives = std::chrono::seconds(60);
  EXPECT_EQ(to_field(cookie), "n=v+/=; Path=/a%40b/; Max-Age=60; HttpOnly; SameSite=Lax");
  cookie.http_only = false;
  cookie.same_site = SameSite::strict;
  EXPECT_EQ(to_field(cookie), "n=v+/=; Path=/a%40b/; Max-Age=60; SameSite=Strict");
  EXPECT_EQ(forgotten_cookie("n", "/"), "n=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
}

TEST(CookieDeathTest, AValueCannotAddAttributes) {
  Cookie cookie;
  cookie.name = "n";
  cookie.value = "v; Domain=evil";
  EXPECT_DEATH(to_field(cookie), "");
}

}  // namespace
}  // namespace cloister::http
