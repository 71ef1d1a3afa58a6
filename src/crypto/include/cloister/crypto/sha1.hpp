// SPDX-License-Identifier: Apache-2.0
// SHA-1, for the one protocol of ours that demands it: the WebSocket handshake (RFC 6455 §4.2.2),
// where it proves nothing and protects nothing.
#pragma once

#include "cloister/base/bytes.hpp"

#include <array>

namespace cloister::crypto {

std::array<std::byte, 20> sha1(base::ByteView bytes);

}  // namespace cloister::crypto
