// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <cstddef>

namespace cloister::kernels {
namespace {

struct Sequence {
  std::size_t bytes;  // to step over
  bool valid;
};

// Unicode 15, table 3-7: the ranges of the second byte exclude overlong forms, surrogates and what
// lies above U+10FFFF.
Sequence next_sequence(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return {1, true};
  std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {1, false};
  unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {length, true};
}

}  // namespace

std::string to_valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    Sequence next = next_sequence(bytes);
    text += next.valid ? bytes.substr(0, next.bytes) : "\xef\xbf\xbd";
    bytes.remove_prefix(next.bytes);
  }
  return text;
}

bool is_valid_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    Sequence next = next_sequence(bytes);
    if (!next.valid) return false;
    bytes.remove_prefix(next.bytes);
  }
  return true;
}

}  // namespace cloister::kernels
