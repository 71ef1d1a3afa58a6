// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/utf8.hpp"

#include <cstring>

namespace cloister::http {
namespace {

bool eight_are_ascii(const std::byte* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

}  // namespace

bool Utf8Check::feed(base::ByteView bytes) {
  std::size_t i = 0;
  while (valid_ && i < bytes.size()) {
    if (wanted_ == 0 && bytes.size() - i >= 8 && eight_are_ascii(bytes.data() + i))
      i += 8;
    else
      valid_ = step(std::to_integer<unsigned char>(bytes[i++]));
  }
  return valid_;
}

bool Utf8Check::step(unsigned char byte) {
  if (wanted_ > 0) {
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xbf;
    --wanted_;
    return true;
  }
  if (byte < 0x80) return true;
  if (byte < 0xc2 || byte > 0xf4) return false;
  wanted_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  // The second byte's bounds exclude overlong forms, surrogates and what is above U+10FFFF.
  if (byte == 0xe0) low_ = 0xa0;
  if (byte == 0xed) high_ = 0x9f;
  if (byte == 0xf0) low_ = 0x90;
  if (byte == 0xf4) high_ = 0x8f;
  return true;
}

bool is_utf8(base::ByteView bytes) {
  Utf8Check check;
  return check.feed(bytes) && check.complete();
}

}  // namespace cloister::http
