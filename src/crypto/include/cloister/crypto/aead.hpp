// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM (NIST SP 800-38D): confidentiality and integrity under one key.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"

namespace cloister::crypto {

inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t aead_overhead_bytes = 12 + 16;  // nonce and tag

// nonce ‖ ciphertext ‖ tag. The nonce is random: seal at most 2^32 messages under one key.
// `context` is authenticated, not stored: it binds a ciphertext to its place, so that one sealed
// thing cannot stand in for another.
base::Bytes aead_seal(const base::SecretBytes& key, base::ByteView context,
                      base::ByteView plaintext, base::Random& random);
// crypto.not-authentic for anything but the exact bytes, key and context of the sealing.
base::Result<base::SecretBytes> aead_open(const base::SecretBytes& key, base::ByteView context,
                                          base::ByteView sealed);
// The same into ordinary memory: for many records that are no keys (locked pages are few).
base::Result<base::Bytes> aead_open_bulk(const base::SecretBytes& key, base::ByteView context,
                                         base::ByteView sealed);

// With a nonce of the caller's, who never uses one twice under a key: a counter, or published test
// vectors.
base::Bytes aead_seal_with_nonce(const base::SecretBytes& key, base::ByteView nonce,
                                 base::ByteView context, base::ByteView plaintext);

base::SecretBytes new_key(base::Random& random);

}  // namespace cloister::crypto
