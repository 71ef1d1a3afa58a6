// SPDX-License-Identifier: Apache-2.0
// Handlers that touch the disk: on a thread of the pool, so that the loop serves others meanwhile.
#pragma once

#include "cloister/http/router.hpp"
#include "cloister/io/event_loop.hpp"

#include <functional>
#include <utility>

namespace cloister::rest {

using BlockingHandler = std::function<http::Response(const http::Request&)>;

inline http::Handler on_pool(io::EventLoop& loop, BlockingHandler handler) {
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it
  return [&loop, handler = std::move(handler)](http::Request request) -> io::Task<http::Response> {
    auto work = [&handler, &request] { return handler(request); };
    co_return co_await io::run_blocking(loop, std::move(work));
  };
}

// For what only computes a little.
inline http::Handler at_once(BlockingHandler handler) {
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it
  return [handler = std::move(handler)](http::Request request) -> io::Task<http::Response> {
    co_return handler(request);
  };
}

}  // namespace cloister::rest
