// SPDX-License-Identifier: Apache-2.0
#include "web_socket_handshake.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/crypto/sha1.hpp"
#include "cloister/http/errors.hpp"

namespace cloister::http {
namespace {

constexpr std::string_view magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_bytes = 16;

// The client's order counts: it offers what it likes best first.
std::string chosen(const Headers& headers, const std::vector<std::string>& ours) {
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "Sec-WebSocket-Protocol")) continue;
    std::string_view offered = value;
    while (!offered.empty()) {
      auto comma = offered.find(',');
      for (const std::string& protocol : ours)
        if (protocol == trimmed(offered.substr(0, comma))) return protocol;
      offered = comma == std::string_view::npos ? std::string_view{} : offered.substr(comma + 1);
    }
  }
  return {};
}

}  // namespace

bool asks_for_web_socket(const Headers& headers) {
  return headers.lists("Connection", "upgrade") && headers.lists("Upgrade", "websocket");
}

base::Result<Handshake> shake_hands(const Headers& headers,
                                    const std::vector<std::string>& subprotocols) {
  if (headers.get("Sec-WebSocket-Version") != "13")
    return base::fail(errors::version, "only version 13 of WebSocket is spoken here");
  std::string key(headers.get("Sec-WebSocket-Key"));
  auto bytes = base::from_base64(key);
  if (!bytes || bytes->size() != key_bytes || headers.count("Sec-WebSocket-Key") != 1)
    return base::fail(errors::bad_handshake, "the WebSocket's key is not valid");
  Handshake handshake;
  handshake.accept = base::to_base64(crypto::sha1(base::as_bytes(key + std::string(magic))));
  handshake.subprotocol = chosen(headers, subprotocols);
  return handshake;
}

}  // namespace cloister::http
