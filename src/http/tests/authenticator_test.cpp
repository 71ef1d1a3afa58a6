// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/authenticator.hpp"

#include "cloister/http/errors.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

using std::chrono::minutes;

const Identity ada{
    .username = "ada", .name = "Ada", .display_name = "Ada L.", .initials = "AL", .color = "red"};

struct AuthenticatorTest : testing::Test {
  base::SeededRandom random{7};
  base::ManualClock clock{base::WallTime(std::chrono::hours(24 * 365 * 50))};
  Authenticator authenticator{AuthenticatorOptions{}, random, clock};
};

TEST_F(AuthenticatorTest, CookiesOpenHereAndNowOnly) {
  std::string value = authenticator.cookie_value(ada, "localhost:8888");
  auto known = authenticator.identity_of_cookie(value, "localhost:8888");
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->username, "ada");
  EXPECT_EQ(known->color, "red");
  EXPECT_FALSE(authenticator.identity_of_cookie(value, "localhost:8889").has_value());
  Authenticator other(AuthenticatorOptions{}, random, clock);
  EXPECT_FALSE(other.identity_of_cookie(value, "localhost:8888").has_value());
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(authenticator.identity_of_cookie(changed, "localhost:8888").has_value());
  }
  clock.advance(std::chrono::hours(24 * 30 + 1));
  EXPECT_FALSE(authenticator.identity_of_cookie(value, "localhost:8888").has_value());
}

TEST_F(AuthenticatorTest, TheNameHoldsTheHost) {
  EXPECT_EQ(Authenticator::cookie_name("127.0.0.1:8888"), "username-127-0-0-1-8888");
  EXPECT_EQ(Authenticator::cookie_name("[::1]:80"), "username----1--80");
}

TEST(Authenticator, TokensAndNothingElse) {
  base::SeededRandom random(1);
  base::ManualClock clock;
  Authenticator authenticator(AuthenticatorOptions{}, random, clock);
  EXPECT_FALSE(authenticator.identity_of_token("").has_value());
  std::string token = Authenticator::new_token(random);
  EXPECT_EQ(token.size(), 48u);
  authenticator.add_token(token, ada);
  Identity eve = ada;
  eve.username = "eve";
  authenticator.add_token("second", eve);
  EXPECT_EQ(authenticator.identity_of_token(token)->username, "ada");
  EXPECT_EQ(authenticator.identity_of_token("second")->username, "eve");
  for (const std::string& wrong : {std::string(), token.substr(1), token + "0", std::string("x")})
    EXPECT_FALSE(authenticator.identity_of_token(wrong).has_value());
  std::string cookie = authenticator.cookie_value(ada, "localhost");
  authenticator.remove_tokens();
  EXPECT_FALSE(authenticator.identity_of_token(token).has_value());
  EXPECT_FALSE(authenticator.identity_of_cookie(cookie, "localhost").has_value());
}

TEST(Authenticator, ALinkSignsInOnce) {
  base::SeededRandom random(2);
  base::ManualClock clock;
  Authenticator authenticator(AuthenticatorOptions{}, random, clock);
  std::string link = authenticator.issue_link(ada);
  std::string other = authenticator.issue_link(ada);
  EXPECT_EQ(authenticator.redeem_link(link)->username, "ada");
  EXPECT_TRUE(authenticator.redeem_link(link).error().is(errors::not_a_login));
  EXPECT_TRUE(authenticator.redeem_link("").error().is(errors::not_a_login));
  clock.advance(minutes(10));
  EXPECT_TRUE(authenticator.redeem_link(other).error().is(errors::not_a_login));
  std::string first = authenticator.issue_link(ada);
  for (int i = 0; i < 32; ++i) authenticator.issue_link(ada);
  EXPECT_FALSE(authenticator.redeem_link(first).has_value());  // the oldest made room
}

TEST(AuthenticatorDeathTest, AnEmptyTokenIsABug) {
  base::SeededRandom random(3);
  base::ManualClock clock;
  Authenticator authenticator(AuthenticatorOptions{}, random, clock);
  EXPECT_DEATH(authenticator.add_token("", ada), "");
}

}  // namespace
}  // namespace cloister::http
