// SPDX-License-Identifier: Apache-2.0
// The head of a response as bytes. Pure.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/http/response.hpp"

#include <cstdint>
#include <string>

namespace cloister::http {

enum class KeepAlive { yes, no };

std::uint64_t body_length(const Response& response);

// SECURITY: no value of a field can begin another one: line ends and other controls are left out
// (test: ResponseHead.NoFieldInsideAValue).
std::string encode_head(const Response& response, KeepAlive keep_alive, base::WallTime now);

}  // namespace cloister::http
