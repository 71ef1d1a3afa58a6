// SPDX-License-Identifier: Apache-2.0
// The upgrade of a request to a WebSocket (RFC 6455 §4.2). Pure.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/http/headers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloister::http {

bool asks_for_web_socket(const Headers& headers);

struct Handshake {
  std::string accept;       // Sec-WebSocket-Accept
  std::string subprotocol;  // empty: none
};
// http.bad-handshake; http.version for another version than 13.
base::Result<Handshake> shake_hands(const Headers& headers,
                                    const std::vector<std::string>& subprotocols);

}  // namespace cloister::http
