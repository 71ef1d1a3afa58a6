// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/web_socket_frame.hpp"

#include "cloister/http/errors.hpp"
#include "cloister/http/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace cloister::http {
namespace {

constexpr std::size_t control_bytes_max = 125;

std::unexpected<base::Error> broken(std::string what) {
  return base::fail(errors::socket_protocol, "the WebSocket's rules were broken: " + what);
}

bool is_known(unsigned opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

// The length that follows the first two bytes, in as many bytes as it says.
base::Result<std::uint64_t> long_length(base::ByteView bytes, std::size_t length_bytes) {
  if (length_bytes == 2) {
    auto length = base::load_big_endian<std::uint16_t>(bytes.data());
    if (length < 126) return broken("a length is longer than needed");
    return length;
  }
  auto length = base::load_big_endian<std::uint64_t>(bytes.data());
  if (length < 65536 || length >> 63 != 0) return broken("a length is not in its shortest form");
  return length;
}

base::Outcome check_control(const FrameHead& head) {
  if (!is_control(head.opcode)) return {};
  if (!head.final) return broken("a control frame came in pieces");
  if (head.length > control_bytes_max) return broken("a control frame is too long");
  return {};
}

}  // namespace

base::Result<std::optional<FrameHead>> parse_frame_head(base::ByteView bytes) {
  if (bytes.size() < 2) return std::nullopt;
  auto first = std::to_integer<unsigned>(bytes[0]);
  auto second = std::to_integer<unsigned>(bytes[1]);
  if ((first & 0x70) != 0) return broken("a reserved bit is set");
  if (!is_known(first & 0x0f)) return broken("a frame is of an unknown kind");
  if ((second & 0x80) == 0) return broken("a frame is not masked");
  FrameHead head;
  head.final = (first & 0x80) != 0;
  head.opcode = static_cast<Opcode>(first & 0x0f);
  head.length = second & 0x7f;
  std::size_t length_bytes = head.length < 126 ? 0 : head.length == 126 ? 2 : 8;
  CLOISTER_TRY_DO(check_control(head));
  head.head_bytes = 2 + length_bytes + 4;
  if (bytes.size() < head.head_bytes) return std::nullopt;
  if (length_bytes > 0) {
    CLOISTER_TRY(head.length, long_length(bytes.subspan(2), length_bytes));
  }
  std::memcpy(head.mask.data(), bytes.data() + 2 + length_bytes, head.mask.size());
  return head;
}

EncodedHead encode_frame_head(bool final, Opcode opcode, std::uint64_t length) {
  EncodedHead head;
  unsigned first = static_cast<unsigned>(opcode) | (final ? 0x80u : 0u);
  head.bytes[0] = static_cast<std::byte>(first);
  if (length < 126) {
    head.bytes[1] = static_cast<std::byte>(length);
    head.size = 2;
  } else if (length < 65536) {
    head.bytes[1] = std::byte{126};
    base::store_big_endian(head.bytes.data() + 2, static_cast<std::uint16_t>(length));
    head.size = 4;
  } else {
    head.bytes[1] = std::byte{127};
    base::store_big_endian(head.bytes.data() + 2, length);
    head.size = 10;
  }
  return head;
}

void apply_mask(std::span<std::byte> bytes, const std::array<std::byte, 4>& mask,
                std::uint64_t offset) {
  std::array<std::byte, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(offset + i) % mask.size()];
  std::uint64_t pattern = 0;
  std::memcpy(&pattern, turned.data(), sizeof pattern);
  std::size_t i = 0;
  for (; i + sizeof pattern <= bytes.size(); i += sizeof pattern) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word ^= pattern;
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  for (; i < bytes.size(); ++i) bytes[i] ^= turned[i % turned.size()];
}

base::Result<CloseNote> parse_close(base::ByteView payload) {
  CloseNote note;
  if (payload.empty()) return note;
  if (payload.size() == 1) return broken("half a close code");
  note.code = base::load_big_endian<std::uint16_t>(payload.data());
  note.reason = base::as_text(payload.subspan(2));
  bool of_protocol = note.code >= 1000 && note.code <= 1014 && note.code != 1004 &&
                     note.code != 1005 && note.code != 1006;
  bool of_applications = note.code >= 3000 && note.code <= 4999;
  if (!of_protocol && !of_applications) return broken("a close code that does not exist");
  if (!is_utf8(payload.subspan(2))) return broken("a close reason is not UTF-8");
  return note;
}

}  // namespace cloister::http
