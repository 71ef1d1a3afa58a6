// SPDX-License-Identifier: Apache-2.0
// Which states a crash can leave, and which only tampering explains (docs/formats/vault.md,
// "Opening").
#include "cloister/vault/errors.hpp"

#include "fields.hpp"
#include "vault_state.hpp"

#include <algorithm>

namespace cloister::vault {
namespace {

namespace json = wire::json;

// The newest generations that head and ledger tell of.
struct Known {
  std::uint64_t catalogue = 0;
  crypto::Hash catalogue_hash{};
  std::uint64_t keys = 0;
  crypto::Hash keys_hash{};
};

base::Outcome learn(Known& known, const json::object& detail) {
  const json::value* member = detail.if_contains("vault");
  if (member == nullptr || !member->is_object()) return {};
  const json::object& vault = member->get_object();
  CLOISTER_TRY(std::uint64_t catalogue, counter_field(vault, "catalogue"));
  CLOISTER_TRY(crypto::Hash catalogue_hash, hash_field(vault, "catalogue_hash"));
  CLOISTER_TRY(std::uint64_t keys, counter_field(vault, "keys"));
  CLOISTER_TRY(crypto::Hash keys_hash, hash_field(vault, "keys_hash"));
  if ((catalogue == known.catalogue && catalogue_hash != known.catalogue_hash) ||
      (keys == known.keys && keys_hash != known.keys_hash))
    return rolled_back("the ledger tells of another catalogue of the same generation");
  if (catalogue > known.catalogue) {
    known.catalogue = catalogue;
    known.catalogue_hash = catalogue_hash;
  }
  if (keys > known.keys) {
    known.keys = keys;
    known.keys_hash = keys_hash;
  }
  return {};
}

// Only entries after the head need to be opened: the head covers those before.
base::Result<Known> newest_known(const UnlockedVault& vault, ledger::Ledger& ledger) {
  const Head& head = vault.head;
  Known known{head.catalogue_generation, head.catalogue_hash, head.keys_generation, head.keys_hash};
  constexpr std::uint64_t batch = 1024;
  std::uint64_t size = ledger.head().size;
  for (std::uint64_t from = head.ledger_size; from < size; from += batch) {
    CLOISTER_TRY(std::vector<ledger::StoredEntry> entries,
                 ledger.read(from, std::min(size, from + batch), vault.bodies));
    for (const ledger::StoredEntry& stored : entries)
      CLOISTER_TRY_DO(learn(known, stored.entry.detail));
  }
  return known;
}

base::Outcome judge_ledger(const Head& head, ledger::Ledger& ledger) {
  ledger::TreeHead checkpointed = ledger.checkpointed();
  if (checkpointed.size < head.ledger_size || ledger.checkpoints() < head.checkpoints)
    return rolled_back("the ledger is older than what the vault remembers of it");
  if (ledger.checkpoints() > head.checkpoints + 1)
    return rolled_back("the vault's head is older than the ledger");
  if (ledger.checkpoints() == head.checkpoints && checkpointed.size != head.ledger_size)
    return rolled_back("the ledger's checkpoint is not the one that the vault remembers");
  CLOISTER_TRY(crypto::Hash root, ledger.root_at(head.ledger_size));
  if (root != head.ledger_root)
    return rolled_back("the ledger is not the one that the vault remembers");
  return {};
}

// A finished rotation whose entry is missing has moved the key file by two.
bool rotation_awaits_entry(const UnlockedVault& vault, const Known& known) {
  return !vault.rotation && vault.key_file.generation == known.keys + 2 &&
         vault.catalogue.keys_generation == vault.key_file.generation &&
         vault.catalogue.generation == known.catalogue + 1;
}

base::Outcome judge_keys(const UnlockedVault& vault, const Known& known) {
  std::uint64_t generation = vault.key_file.generation;
  if (vault.rotation)
    return generation == known.keys + 1 ? base::Outcome{} : rolled_back("vault/keys is older");
  if (rotation_awaits_entry(vault, known)) return {};
  if (generation < known.keys) return rolled_back("vault/keys is older than the ledger says");
  if (generation != known.keys || vault.keys_hash != known.keys_hash)
    return damaged_file("keys", "it is not the one that the vault remembers");
  return {};
}

base::Result<bool> judge_catalogue(const UnlockedVault& vault, const Known& known) {
  const Catalogue& catalogue = vault.catalogue;
  if (catalogue.generation < known.catalogue)
    return rolled_back("vault/catalogue is older than the ledger says");
  if (catalogue.generation > known.catalogue + 1)
    return damaged_file("catalogue", "it is newer than the ledger says");
  bool ahead = catalogue.generation == known.catalogue + 1;
  if (!ahead && vault.catalogue_hash != known.catalogue_hash)
    return damaged_file("catalogue", "it is not the one that the vault remembers");
  if (vault.rotation) {
    if (ahead == vault.catalogue_by_previous)
      return rolled_back("vault/catalogue does not fit the keys");
    return false;  // settling the rotation writes the entry
  }
  if (catalogue.keys_generation != vault.key_file.generation)
    return rolled_back("vault/catalogue does not fit the keys");
  return ahead;
}

base::Outcome judge_epoch(const UnlockedVault& vault, const Known& known, ledger::Ledger& ledger) {
  const std::vector<Epoch>& epochs = vault.epochs.epochs;
  const Head& head = vault.head;
  bool sealed_anew =
      vault.rotation || rotation_awaits_entry(vault, known) || known.keys != head.keys_generation;
  bool giving_way = epochs.size() == 2 && epochs.front().key.epoch == head.epoch;
  bool gave_way = epochs.size() == 1 && epochs.front().key.epoch == head.epoch + 1;
  if (vault.epoch_hash != head.epoch_hash && !sealed_anew && !giving_way && !gave_way)
    return damaged_file("epoch", "it is not the one that the vault remembers");
  bool found = std::ranges::any_of(
      epochs, [&](const Epoch& epoch) { return epoch.key.epoch == ledger.epoch(); });
  if (!found) return rolled_back("vault/epoch does not fit the ledger");
  return {};
}

}  // namespace

base::Result<Standing> judge(const Place& place, const UnlockedVault& vault,
                             ledger::Ledger& ledger) {
  if (place.home_hash != vault.head.home_hash)
    return base::fail(errors::damaged, "home.json is not the one that the vault remembers",
                      "restore it from a backup of this home");
  CLOISTER_TRY_DO(judge_ledger(vault.head, ledger));
  CLOISTER_TRY(Known known, newest_known(vault, ledger));
  CLOISTER_TRY_DO(judge_keys(vault, known));
  CLOISTER_TRY(bool entry_missing, judge_catalogue(vault, known));
  CLOISTER_TRY_DO(judge_epoch(vault, known, ledger));
  return Standing{entry_missing};
}

}  // namespace cloister::vault
