// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/router.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

io::Task<Response> nothing(Request) {
  co_return empty();
}
io::Task<> converse(Request, WebSocket&) {
  co_return;
}

struct RouterTest : testing::Test {
  Router router;
  void add(Method method, std::string pattern) {
    router.add(Route{.method = method,
                     .pattern = std::move(pattern),
                     .access = Access::api,
                     .handler = nothing});
  }
  std::string found(Method method, const std::string& path) {
    auto target = parse_target(path).value();
    auto result = router.find(method, Exchange::plain, target.segments);
    if (!result) return "";
    std::string text = result->route->pattern;
    for (const auto& [name, value] : result->captures) text += " " + name + "=" + value;
    return text;
  }
};

TEST_F(RouterTest, FixedPartsWinOverCaptures) {
  add(Method::get, "/api/contents/{path...}");
  add(Method::get, "/api/contents/{path...}/checkpoints");
  add(Method::post, "/api/contents/{path...}/checkpoints/{id}");
  add(Method::get, "/api/kernels/{id}");
  add(Method::get, "/api/kernels/special");
  add(Method::get, "/");
  EXPECT_EQ(found(Method::get, "/"), "/");
  EXPECT_EQ(found(Method::get, "/api/contents"), "/api/contents/{path...} path=");
  EXPECT_EQ(found(Method::get, "/api/contents/"), "/api/contents/{path...} path=");
  EXPECT_EQ(found(Method::get, "/api/contents/a/b%20c.txt"),
            "/api/contents/{path...} path=a/b c.txt");
  EXPECT_EQ(found(Method::get, "/api/contents/a/b/checkpoints"),
            "/api/contents/{path...}/checkpoints path=a/b");
  EXPECT_EQ(found(Method::post, "/api/contents/a/checkpoints/c1"),
            "/api/contents/{path...}/checkpoints/{id} path=a id=c1");
  EXPECT_EQ(found(Method::get, "/api/kernels/special"), "/api/kernels/special");
  EXPECT_EQ(found(Method::head, "/api/kernels/x"), "/api/kernels/{id} id=x");
  EXPECT_EQ(found(Method::get, "/api/kernels/a%2Fb"), "/api/kernels/{id} id=a/b");
}

TEST_F(RouterTest, WhatIsUnknownSaysWhatIsKnown) {
  add(Method::get, "/api/kernels");
  add(Method::post, "/api/kernels");
  router.add(WebSocketRoute{.pattern = "/ws", .access = Access::api, .handler = converse});
  auto miss = [&](Method method, std::vector<std::string> segments) {
    return router.find(method, Exchange::plain, segments).error();
  };
  EXPECT_EQ(miss(Method::delete_, {"api", "kernels"}).allowed,
            (std::vector{Method::get, Method::head, Method::post}));
  EXPECT_TRUE(miss(Method::get, {"api", "nothing"}).allowed.empty());
  EXPECT_TRUE(miss(Method::get, {"api", "kernels", ""}).without_slash);
  EXPECT_FALSE(miss(Method::get, {"api", "kernels", "", ""}).without_slash);
  EXPECT_FALSE(miss(Method::get, {"api", "kernel", ""}).without_slash);
  EXPECT_TRUE(miss(Method::get, {"ws"}).needs_upgrade);
  EXPECT_TRUE(router.find(Method::get, Exchange::web_socket, {"ws"}).has_value());
  EXPECT_FALSE(router.find(Method::get, Exchange::web_socket, {"api", "kernels"}).has_value());
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, ARouteThatCannotBeRightAborts) {
  add(Method::get, "/a");
  EXPECT_DEATH(add(Method::get, "/a"), "");
  EXPECT_DEATH(add(Method::get, "a"), "");
  EXPECT_DEATH(add(Method::get, "/{x...}/{y...}"), "");
}

}  // namespace
}  // namespace cloister::http
