// SPDX-License-Identifier: Apache-2.0
// Messages to a public key without a sender's key: libsodium's sealed box (X25519,
// XSalsa20-Poly1305).
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"

#include <array>

namespace cloister::crypto {

using BoxPublicKey = std::array<std::byte, 32>;
inline constexpr std::size_t sealed_box_overhead_bytes = 48;

struct BoxKeyPair {
  BoxPublicKey public_key{};
  base::SecretBytes secret_key;
  static BoxKeyPair generate(base::Random& random);
  static BoxKeyPair from_secret(base::SecretBytes secret_key);
};

// Whoever holds only `to` can write, never read. The ephemeral key comes from libsodium's own
// generator.
base::Bytes seal_to(const BoxPublicKey& to, base::ByteView plaintext);
base::Result<base::SecretBytes> open_sealed(const BoxKeyPair& keys, base::ByteView sealed);

}  // namespace cloister::crypto
