// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA256 (RFC 2104, vectors of RFC 4231).
#pragma once

#include "cloister/base/secret.hpp"
#include "cloister/crypto/hash.hpp"

#include <span>

namespace cloister::crypto {

// Holds the two padded keys, so that a message costs its own hashing only. Const use is
// thread-safe. Compare codes with base::equal_constant_time.
class HmacSha256 {
 public:
  explicit HmacSha256(base::ByteView key);
  Hash of(std::span<const base::ByteView> parts) const;  // of their concatenation

 private:
  base::SecretBytes inner_;
  base::SecretBytes outer_;
};

}  // namespace cloister::crypto
