// SPDX-License-Identifier: Apache-2.0
// The usual route: whoever is known may call it, others get 403.
#pragma once

#include "cloister/http/router.hpp"

#include <string>
#include <utility>

namespace cloister::rest {

inline http::Route api_route(http::Method method, std::string pattern, http::Handler handler,
                             std::size_t body_bytes = http::body_bytes_default) {
  return {.method = method,
          .pattern = std::move(pattern),
          .access = http::Access::api,
          .handler = std::move(handler),
          .body_bytes = body_bytes};
}

}  // namespace cloister::rest
