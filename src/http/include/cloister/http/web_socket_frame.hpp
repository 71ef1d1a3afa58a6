// SPDX-License-Identifier: Apache-2.0
// Frames of a WebSocket (RFC 6455 §5), as bytes: no input or output.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cloister::http {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};
constexpr bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

struct FrameHead {
  bool final = true;
  Opcode opcode = Opcode::text;
  std::uint64_t length = 0;
  std::array<std::byte, 4> mask{};
  std::size_t head_bytes = 0;  // that the head took
};

// The head of a client's frame at the start of `bytes`; nothing when more bytes are needed.
// http.socket-protocol for a frame that is not masked, has reserved bits or an unknown opcode, a
// control frame that is long or in pieces, or a length that is not the shortest form.
base::Result<std::optional<FrameHead>> parse_frame_head(base::ByteView bytes);

// A head of ours: not masked. At most 10 bytes.
struct EncodedHead {
  std::array<std::byte, 10> bytes{};
  std::size_t size = 0;
  base::ByteView view() const { return base::ByteView(bytes).first(size); }
};
EncodedHead encode_frame_head(bool final, Opcode opcode, std::uint64_t length);

// Lifts (or lays) the mask; `offset` is where the bytes stand in their frame.
void apply_mask(std::span<std::byte> bytes, const std::array<std::byte, 4>& mask,
                std::uint64_t offset);

struct CloseNote {
  std::uint16_t code = 1005;  // none was given
  std::string_view reason;
};
// http.socket-protocol for a code that may not be sent, or a reason that is not UTF-8.
base::Result<CloseNote> parse_close(base::ByteView payload);

}  // namespace cloister::http
