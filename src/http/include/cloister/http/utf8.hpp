// SPDX-License-Identifier: Apache-2.0
// UTF-8 (RFC 3629), checked piece by piece.
#pragma once

#include "cloister/base/bytes.hpp"

#include <cstdint>

namespace cloister::http {

// Tells at the first byte that cannot belong to a valid text: no overlong forms, no surrogates,
// nothing above U+10FFFF.
class Utf8Check {
 public:
  bool feed(base::ByteView bytes);  // false once and for all
  bool complete() const { return valid_ && wanted_ == 0; }

 private:
  bool step(unsigned char byte);

  bool valid_ = true;
  unsigned wanted_ = 0;  // continuation bytes of the present character
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xbf;  // bounds of the next one
};

bool is_utf8(base::ByteView bytes);

}  // namespace cloister::http
