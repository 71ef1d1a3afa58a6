// SPDX-License-Identifier: Apache-2.0
// vault/catalogue: what the vault holds, with a counter that only grows (docs/formats/vault.md).
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/ledger/ledger.hpp"
#include "cloister/vault/catalogue.hpp"
#include "cloister/wire/json.hpp"

#include "vault_keys.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cloister::vault {

struct StoredVersion {
  DatasetVersion version;
  base::Bytes wrapped_key;
};

// A version whose key is gone. Kept, so that its name and number never come back.
struct Destroyed {
  std::string dataset;
  std::uint64_t version = 0;
  std::string file_id;
  base::WallTime time;
  bool shredded = false;  // false: removed (rm)
};

// The change that made this catalogue. Enough to finish it after a crash.
struct Change {
  ledger::Entry entry;               // what the ledger is to say about it
  std::vector<std::string> removed;  // file ids whose sealed files go with it
};

struct Catalogue {
  std::uint64_t generation = 0;
  std::uint64_t keys_generation = 0;  // of the key file that belongs to it
  std::vector<StoredVersion> versions;
  std::vector<Destroyed> destroyed;
  Change change;
};

inline constexpr std::size_t catalogue_bytes_max = 256u << 20;

base::Result<base::Bytes> seal_catalogue(const Catalogue& catalogue, const VaultKeys& keys,
                                         std::string_view home_id, base::Random& random);
base::Result<Catalogue> open_catalogue(base::ByteView sealed, const VaultKeys& keys,
                                       std::string_view home_id);

// A ledger entry as it waits in the catalogue or in a pending rotation.
wire::json::object entry_to_json(const ledger::Entry& entry);
base::Result<ledger::Entry> entry_from_json(const wire::json::object& object);

}  // namespace cloister::vault
