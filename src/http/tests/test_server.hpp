// SPDX-License-Identifier: Apache-2.0
// A server on a free port, in this process, with real time.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/http/server.hpp"
#include "cloister/io/event_loop.hpp"

#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

namespace cloister::http {

inline constexpr std::string_view test_token = "0123456789abcdef";
inline Identity test_identity() {
  return {
      .username = "ada", .name = "Ada", .display_name = "Ada L.", .initials = "AL", .color = ""};
}
inline const std::string with_token = "Authorization: token 0123456789abcdef\r\n";

// Routes are added, then start() runs it; the end of the test stops it.
class ServerTest : public testing::Test {
 protected:
  explicit ServerTest(std::string base_url = "/") {
    options.base_url = base_url;
    AuthenticatorOptions chosen;
    chosen.base_url = base_url;
    authenticator.emplace(chosen, random, clock);
    authenticator->add_token(test_token, test_identity());
  }

  void start() {
    Listening listening = listen_on_loopback(0).value();
    port = listening.port;
    server = std::make_unique<Server>(loop, std::move(router), *authenticator, clock, options);
    server->start(std::move(listening.socket));
    loop.start();
  }
  void stop() {
    if (!server) return;
    auto end = [](Server& running) -> io::Task<> { co_await running.stop(); };
    io::run_task(loop, end(*server));
    loop.stop();
    server.reset();
  }
  void TearDown() override { stop(); }

  void add(Method method, std::string pattern, Access access, Handler handler,
           std::size_t body_bytes = body_bytes_default) {
    router.add(Route{.method = method,
                     .pattern = std::move(pattern),
                     .access = access,
                     .handler = std::move(handler),
                     .body_bytes = body_bytes});
  }
  RawResponse ask(std::string_view request, bool without_body = false) {
    return RawClient(port).ask(request, without_body);
  }

  base::SystemRandom random;
  base::SystemClock clock;
  io::EventLoop loop;
  std::optional<Authenticator> authenticator;
  Router router;
  ServerOptions options;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

inline Handler says(std::string words) {
  return [words = std::move(words)](Request) -> io::Task<Response> { co_return text(200, words); };
}

}  // namespace cloister::http
