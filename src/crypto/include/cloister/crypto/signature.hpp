// SPDX-License-Identifier: Apache-2.0
// Ed25519 signatures (RFC 8032).
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/secret.hpp"

#include <array>

namespace cloister::crypto {

using VerifyKey = std::array<std::byte, 32>;
using Signature = std::array<std::byte, 64>;

// A signing key made from a 32-byte seed. Movable; the seed is wiped with it.
class SigningKey {
 public:
  static SigningKey generate(base::Random& random);
  static SigningKey from_seed(base::SecretBytes seed);
  const VerifyKey& verify_key() const { return verify_key_; }
  const base::SecretBytes& seed() const { return seed_; }
  Signature sign(base::ByteView message) const;

 private:
  SigningKey() = default;
  base::SecretBytes seed_;
  VerifyKey verify_key_{};
};

bool verify(const VerifyKey& key, base::ByteView message, const Signature& signature);

}  // namespace cloister::crypto
