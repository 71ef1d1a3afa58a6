// SPDX-License-Identifier: Apache-2.0
// libsodium, initialised once; private to this module.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/check.hpp"

#include <sodium.h>

namespace cloister::crypto {

inline void ensure_sodium() {
  static const bool ready = [] {
    CLOISTER_CHECK(sodium_init() >= 0);
    return true;
  }();
  (void)ready;
}

inline unsigned char* raw(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
inline const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

}  // namespace cloister::crypto
