// SPDX-License-Identifier: Apache-2.0
// Bytes and their text forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::base {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
  ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

// Standard base64 with padding (RFC 4648 §4); decoding refuses anything that is not canonical.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

// Big-endian integers of persistent formats and frames.
template <typename Unsigned>
void store_big_endian(std::byte* out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
    out[i] = static_cast<std::byte>(value >> (8 * (sizeof(Unsigned) - 1 - i)) & 0xff);
}
template <typename Unsigned>
Unsigned load_big_endian(const std::byte* in) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
    value = static_cast<Unsigned>(value << 8 | std::to_integer<Unsigned>(in[i]));
  return value;
}

}  // namespace cloister::base
