// SPDX-License-Identifier: Apache-2.0
// The unlocked vault as it stands on disk: reading it, judging it against the ledger, finishing
// what a crash left one step behind. Everything here runs under the home's lock.
#pragma once

#include "cloister/vault/home.hpp"
#include "cloister/vault/home_file.hpp"
#include "cloister/vault/manifest.hpp"

#include "catalogue_file.hpp"
#include "epoch_file.hpp"
#include "head_file.hpp"
#include "key_file.hpp"
#include "vault_keys.hpp"

#include <optional>
#include <vector>

namespace cloister::vault {

// Where a home lies and what it may use: fixed while it is open.
struct Place {
  Services services;
  io::Path folder;
  HomeFile home;
  crypto::Hash home_hash{};

  io::Path vault() const { return folder / "vault"; }
  io::Path keys() const { return vault() / "keys"; }
  io::Path catalogue() const { return vault() / "catalogue"; }
  io::Path epoch() const { return vault() / "epoch"; }
  io::Path head() const { return vault() / "head"; }
  io::Path staging() const { return vault() / "staging"; }
  io::Path datasets() const { return vault() / "datasets"; }
  io::Path sealed_file(const std::string& file_id) const {
    return datasets() / file_id / "data.duckdb";
  }
  io::Path manifest(const std::string& file_id) const { return datasets() / file_id / "manifest"; }
};

// A rotation of the master key that is under way: the key file itself is its journal.
struct Rotation {
  VaultKeys previous;
  Change change;
};

struct UnlockedVault {
  Credential credential;
  KeyFile key_file;
  crypto::Hash keys_hash{};
  VaultKeys keys;
  std::optional<Rotation> rotation;
  crypto::SigningKey signing;  // of manifests and the key file
  crypto::BoxKeyPair bodies;   // opens ledger entries

  Catalogue catalogue{};
  crypto::Hash catalogue_hash{};
  EpochFile epochs{};
  crypto::Hash epoch_hash{};
  Head head{};
  // Which files a rotation has not reached yet.
  bool catalogue_by_previous = false;
  bool epoch_by_previous = false;
  bool head_by_previous = false;
};

// Reads and authenticates the four small files, with whichever credential fits the key file.
base::Result<UnlockedVault> load_vault(const Place& place,
                                       const std::vector<Credential>& credentials);

// What the ledger and the head say the newest catalogue and key file are.
struct Standing {
  bool entry_missing = false;  // the catalogue is one change ahead of the ledger
};
// Compares home.json, keys, catalogue, epoch, head and ledger: vault.rolled-back, vault.damaged for
// everything that no crash explains.
base::Result<Standing> judge(const Place& place, const UnlockedVault& vault,
                             ledger::Ledger& ledger);

// Completes an interrupted change, so that `judge` finds nothing left to do.
base::Outcome settle(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                     const Standing& standing);

// Writes the changed catalogue durably (generation and keys_generation are filled here), then the
// entry that names it. `touched` becomes true once the disk may hold the new catalogue.
base::Outcome write_change(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                           Catalogue changed, bool& touched);
// A new master key: everything that remains is wrapped anew and the versions in change.removed lose
// their keys. `slots` are the slots from now on.
base::Outcome rotate_master_key(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                                std::vector<Slot> slots, Change change, bool& touched);

// Checkpoint and head, where anything is new; a new epoch when one is due.
base::Outcome write_checkpoint(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                               bool& touched);

// Removes what crashed imports and removals left behind.
base::Outcome remove_leftovers(const Place& place, const UnlockedVault& vault);

// A file of the vault: missing or too large is vault.damaged.
base::Result<base::Bytes> read_vault_file(const Place& place, const io::Path& path,
                                          std::uint64_t size_max);
std::unexpected<base::Error> damaged_file(std::string_view file, std::string_view what);
std::unexpected<base::Error> rolled_back(std::string_view what);

std::unexpected<base::Error> damaged_dataset(const DatasetVersion& version, std::string_view what);

// The manifest of a version, authenticated: vault.damaged.
base::Result<Manifest> load_manifest(const Place& place, const crypto::VerifyKey& signing_key,
                                     const DatasetVersion& version);

// Replaces a file that holds keys and overwrites the old content, where the file system lets us.
base::Outcome replace_and_erase(io::Disk& disk, const io::Path& path, base::ByteView bytes);

// Seals the signing seed and the ledger's body key for the key file.
base::Bytes seal_secrets(const VaultKeys& keys, std::string_view home_id,
                         const crypto::SigningKey& signing, const crypto::BoxKeyPair& bodies,
                         base::Random& random);
// The member "vault" of an entry's detail: which catalogue and key file it belongs to.
ledger::Entry entry_of_change(const UnlockedVault& vault);
base::Outcome write_head(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger);

}  // namespace cloister::vault
