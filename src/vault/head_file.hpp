// SPDX-License-Identifier: Apache-2.0
// vault/head: what the vault remembers of itself and of the ledger; written last in each change.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"

#include "vault_keys.hpp"

#include <cstdint>

namespace cloister::vault {

struct Head {
  std::uint64_t ledger_size = 0;  // of the checkpoint that it was written for
  crypto::Hash ledger_root{};
  std::uint64_t checkpoints = 0;
  std::uint64_t epoch = 0;
  std::uint64_t catalogue_generation = 0;
  crypto::Hash catalogue_hash{};  // of the sealed file, as all hashes here
  std::uint64_t keys_generation = 0;
  crypto::Hash keys_hash{};
  crypto::Hash epoch_hash{};
  crypto::Hash home_hash{};
};

inline constexpr std::size_t head_bytes_max = 16u << 10;

base::Bytes seal_head(const Head& head, const VaultKeys& keys, std::string_view home_id,
                      base::Random& random);
base::Result<Head> open_head(base::ByteView sealed, const VaultKeys& keys,
                             std::string_view home_id);

}  // namespace cloister::vault
