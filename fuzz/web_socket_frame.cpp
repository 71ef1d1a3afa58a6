// SPDX-License-Identifier: Apache-2.0
// Frames of a WebSocket from a stranger: what a head says is within its bounds.
#include "cloister/http/web_socket_frame.hpp"

#include "cloister/base/check.hpp"
#include "cloister/http/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace http = cloister::http;
namespace base = cloister::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  auto note = http::parse_close(bytes);
  if (note) CLOISTER_CHECK(note->code >= 1000 && note->code < 5000);
  // Checking in pieces says what checking at once says.
  http::Utf8Check pieces;
  for (std::byte byte : bytes) pieces.feed({&byte, 1});
  CLOISTER_CHECK(pieces.complete() == http::is_utf8(bytes));
  auto head = http::parse_frame_head(bytes);
  if (!head || !*head) return 0;
  CLOISTER_CHECK((*head)->head_bytes <= size && (*head)->head_bytes <= 14);
  CLOISTER_CHECK(!http::is_control((*head)->opcode) || ((*head)->final && (*head)->length <= 125));
  http::EncodedHead ours =
      http::encode_frame_head((*head)->final, (*head)->opcode, (*head)->length);
  CLOISTER_CHECK(ours.size + 4 == (*head)->head_bytes);
  CLOISTER_CHECK(ours.bytes[0] == bytes[0]);
  return 0;
}
