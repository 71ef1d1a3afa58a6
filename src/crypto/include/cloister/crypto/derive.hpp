// SPDX-License-Identifier: Apache-2.0
// Keys from keys (HKDF) and keys from passphrases (Argon2id).
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"

#include <cstdint>
#include <string_view>

namespace cloister::crypto {

// HKDF-SHA256 (RFC 5869).
base::SecretBytes hkdf_sha256(base::ByteView key, base::ByteView salt, base::ByteView info,
                              std::size_t size);
// A 32-byte key for one purpose from a master key; `label` names the purpose.
base::SecretBytes derive_key(const base::SecretBytes& master, std::string_view label);

// Cost of Argon2id (RFC 9106) with one lane, as libsodium computes it.
struct PassphraseCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 64u << 10;  // RFC 9106's second choice: t = 3, 64 MiB
};
inline constexpr std::size_t passphrase_salt_bytes = 16;
// Refuses costs below OWASP's floor (19 MiB, 2 passes) and above 2 GiB: a damaged file must not
// make us compute for hours. crypto.out-of-memory when the memory cannot be had.
base::Result<base::SecretBytes> key_from_passphrase(base::ByteView passphrase, base::ByteView salt,
                                                    const PassphraseCost& cost);

}  // namespace cloister::crypto
