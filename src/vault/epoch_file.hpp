// SPDX-License-Identifier: Apache-2.0
// vault/epoch: the key that signs checkpoints now (docs/formats/vault.md, "epoch").
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/ledger/ledger.hpp"

#include "vault_keys.hpp"

#include <cstdint>
#include <vector>

namespace cloister::vault {

struct Epoch {
  ledger::EpochKey key;
  std::uint64_t first_entry = 0;  // size of the ledger when it began
  base::WallTime began;
};

// One epoch; two while one gives way to the next.
struct EpochFile {
  std::vector<Epoch> epochs;
};

inline constexpr std::size_t epoch_file_bytes_max = 4096;

base::Bytes seal_epochs(const EpochFile& file, const VaultKeys& keys, std::string_view home_id,
                        base::Random& random);
base::Result<EpochFile> open_epochs(base::ByteView sealed, const VaultKeys& keys,
                                    std::string_view home_id);

}  // namespace cloister::vault
