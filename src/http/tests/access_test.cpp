// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/access.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

constexpr Method methods[] = {Method::get,   Method::head,    Method::post,   Method::put,
                              Method::patch, Method::delete_, Method::options};
constexpr Access accesses[] = {Access::anyone, Access::page, Access::api};
constexpr Exchange exchanges[] = {Exchange::plain, Exchange::web_socket};
constexpr Origin origins[] = {Origin::absent, Origin::same, Origin::foreign};
constexpr Evidence evidences[] = {Evidence::none, Evidence::cookie, Evidence::token};

TEST(Access, AnEmptyQuestionIsRefused) {
  EXPECT_EQ(decide_access(AccessQuestion{}), Verdict::foreign_host);
}

// The rules once more, as properties: each combination that is let through is let through for a
// reason that can be read here.
void check(const AccessQuestion& q) {
  Verdict verdict = decide_access(q);
  bool changes = !is_safe(q.method);
  if (!q.host_is_ours) {
    EXPECT_EQ(verdict, Verdict::foreign_host);
  }
  if (q.origin == Origin::foreign && (changes || q.exchange == Exchange::web_socket)) {
    EXPECT_NE(verdict, Verdict::allow);
  }
  if (verdict == Verdict::sign_in) {
    EXPECT_EQ(q.access, Access::page);
    EXPECT_EQ(q.evidence, Evidence::none);
    EXPECT_FALSE(changes);
  }
  if (verdict != Verdict::allow) return;
  bool asks_first = q.method == Method::options && q.exchange == Exchange::plain;
  EXPECT_TRUE(q.access == Access::anyone || q.evidence != Evidence::none || asks_first);
  EXPECT_TRUE(!changes || q.evidence == Evidence::token || q.xsrf_matches);
  if (q.reading_needs_xsrf && !asks_first) {
    EXPECT_TRUE(q.evidence == Evidence::token || q.xsrf_matches || q.referer_is_ours);
  }
}

TEST(Access, EveryCombination) {
  for (Method method : methods)
    for (Access access : accesses)
      for (Exchange exchange : exchanges)
        for (Origin origin : origins)
          for (Evidence evidence : evidences)
            for (unsigned flags = 0; flags < 16; ++flags)
              check({.access = access,
                     .exchange = exchange,
                     .method = method,
                     .host_is_ours = (flags & 1) != 0,
                     .origin = origin,
                     .evidence = evidence,
                     .xsrf_matches = (flags & 2) != 0,
                     .reading_needs_xsrf = (flags & 4) != 0,
                     .referer_is_ours = (flags & 8) != 0});
}

struct Case {
  const char* name;
  AccessQuestion question;
  Verdict verdict;
};

AccessQuestion asked(Access access, Method method, Origin origin, Evidence evidence, bool xsrf) {
  return {.access = access,
          .exchange = Exchange::plain,
          .method = method,
          .host_is_ours = true,
          .origin = origin,
          .evidence = evidence,
          .xsrf_matches = xsrf};
}

TEST(Access, TheTableOfOrdinaryRequests) {
  using enum Method;
  using enum Evidence;
  const Case cases[] = {
      {"health", asked(Access::anyone, get, Origin::absent, none, false), Verdict::allow},
      {"page", asked(Access::page, get, Origin::absent, none, false), Verdict::sign_in},
      {"page signed in", asked(Access::page, get, Origin::absent, cookie, false), Verdict::allow},
      {"api", asked(Access::api, get, Origin::absent, none, false), Verdict::unknown_caller},
      {"api read", asked(Access::api, get, Origin::absent, cookie, false), Verdict::allow},
      {"api write", asked(Access::api, post, Origin::same, cookie, true), Verdict::allow},
      {"forged", asked(Access::api, post, Origin::same, cookie, false), Verdict::xsrf_missing},
      {"script", asked(Access::api, put, Origin::absent, token, false), Verdict::allow},
      {"foreign", asked(Access::api, put, Origin::foreign, token, true), Verdict::foreign_origin},
      {"foreign read", asked(Access::api, get, Origin::foreign, cookie, true),
       Verdict::foreign_origin},
      {"token read", asked(Access::api, get, Origin::foreign, token, false), Verdict::allow},
      {"sign-in form", asked(Access::anyone, post, Origin::same, none, false),
       Verdict::xsrf_missing},
      {"sign-in", asked(Access::anyone, post, Origin::same, none, true), Verdict::allow},
      {"page post", asked(Access::page, post, Origin::same, none, true), Verdict::unknown_caller},
      {"preflight", asked(Access::api, options, Origin::foreign, none, false), Verdict::allow},
  };
  for (const Case& one : cases) EXPECT_EQ(decide_access(one.question), one.verdict) << one.name;
}

}  // namespace
}  // namespace cloister::http
