// SPDX-License-Identifier: Apache-2.0
// Changing the vault in the commit order of architecture decision 6, and finishing such a change
// after a crash. Every step can be the last one.
#include "cloister/base/check.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/vault/errors.hpp"

#include "names.hpp"
#include "vault_state.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace cloister::vault {
namespace {

base::Outcome append_change(const UnlockedVault& vault, ledger::Ledger& ledger) {
  CLOISTER_TRY([[maybe_unused]] std::uint64_t sequence, ledger.append(entry_of_change(vault)));
  return {};
}

base::Outcome write_epochs(const Place& place, UnlockedVault& vault) {
  base::Bytes sealed = seal_epochs(vault.epochs, vault.keys, place.home.id, place.services.random);
  CLOISTER_TRY_DO(replace_and_erase(place.services.disk, place.epoch(), sealed));
  vault.epoch_hash = crypto::sha256(sealed);
  vault.epoch_by_previous = false;
  return {};
}

base::Outcome write_key_file(const Place& place, UnlockedVault& vault) {
  std::string text = to_text(vault.key_file, place.home.id, vault.signing);
  CLOISTER_TRY_DO(replace_and_erase(place.services.disk, place.keys(), base::as_bytes(text)));
  vault.keys_hash = crypto::sha256(base::as_bytes(text));
  return {};
}

// The catalogue after the rotation's change: what is removed moves to the destroyed, everything
// else gets its key wrapped anew.
base::Result<Catalogue> rewrapped(const Place& place, const UnlockedVault& vault) {
  const Rotation& rotation = *vault.rotation;
  const std::vector<std::string>& removed = rotation.change.removed;
  Catalogue next;
  next.generation = vault.catalogue.generation + 1;
  next.keys_generation = vault.key_file.generation + 1;
  next.destroyed = vault.catalogue.destroyed;
  next.change = rotation.change;
  for (const StoredVersion& stored : vault.catalogue.versions) {
    const std::string& file_id = stored.version.file_id;
    if (std::ranges::find(removed, file_id) != removed.end()) {
      next.destroyed.push_back({stored.version.dataset, stored.version.version, file_id,
                                place.services.clock.now(), true});
      continue;
    }
    CLOISTER_TRY(base::SecretBytes key,
                 unwrap_dataset_key(rotation.previous, place.home.id, file_id, stored.wrapped_key));
    next.versions.push_back({stored.version, wrap_dataset_key(vault.keys, place.home.id, file_id,
                                                              key, place.services.random)});
  }
  return next;
}

base::Outcome finish_rotation(const Place& place, UnlockedVault& vault) {
  io::Disk& disk = place.services.disk;
  base::Random& random = place.services.random;
  if (vault.epoch_by_previous) CLOISTER_TRY_DO(write_epochs(place, vault));
  if (vault.catalogue_by_previous) {
    CLOISTER_TRY(Catalogue next, rewrapped(place, vault));
    CLOISTER_TRY(base::Bytes sealed, seal_catalogue(next, vault.keys, place.home.id, random));
    CLOISTER_TRY_DO(replace_and_erase(disk, place.catalogue(), sealed));
    vault.catalogue = std::move(next);
    vault.catalogue_hash = crypto::sha256(sealed);
    vault.catalogue_by_previous = false;
  }
  if (vault.head_by_previous) {
    base::Bytes sealed = seal_head(vault.head, vault.keys, place.home.id, random);
    CLOISTER_TRY_DO(io::replace_file(disk, place.head(), sealed));
    vault.head_by_previous = false;
  }
  // From here on nothing on disk leads to the old master key.
  vault.key_file.generation += 1;
  vault.key_file.pending.clear();
  CLOISTER_TRY_DO(write_key_file(place, vault));
  vault.rotation.reset();
  return {};
}

base::Bytes seal_pending(const Place& place, const VaultKeys& next, const VaultKeys& previous,
                         const Change& change) {
  wire::json::array removed;
  for (const std::string& file_id : change.removed) removed.emplace_back(file_id);
  std::string text = wire::canonical_json(
      wire::json::object{{"entry", entry_to_json(change.entry)}, {"removed", std::move(removed)}});
  base::SecretBytes content(32 + text.size());
  std::ranges::copy(previous.master.view(), content.writable().begin());
  std::ranges::copy(base::as_bytes(text), content.writable().begin() + 32);
  return crypto::aead_seal(next.pending, seal_context("pending", place.home.id), content.view(),
                           place.services.random);
}

}  // namespace

base::Bytes seal_secrets(const VaultKeys& keys, std::string_view home_id,
                         const crypto::SigningKey& signing, const crypto::BoxKeyPair& bodies,
                         base::Random& random) {
  base::SecretBytes content(64);
  std::ranges::copy(signing.seed().view(), content.writable().begin());
  std::ranges::copy(bodies.secret_key.view(), content.writable().begin() + 32);
  return crypto::aead_seal(keys.secrets, seal_context("secrets", home_id), content.view(), random);
}

ledger::Entry entry_of_change(const UnlockedVault& vault) {
  ledger::Entry entry = vault.catalogue.change.entry;
  entry.detail["vault"] = wire::json::object{{"catalogue", vault.catalogue.generation},
                                             {"catalogue_hash", base::to_hex(vault.catalogue_hash)},
                                             {"keys", vault.key_file.generation},
                                             {"keys_hash", base::to_hex(vault.keys_hash)}};
  return entry;
}

base::Outcome replace_and_erase(io::Disk& disk, const io::Path& path, base::ByteView bytes) {
  io::Descriptor old;
  if (io::exists(path)) {
    CLOISTER_TRY(old, disk.open_write(path, 0600));
  }
  CLOISTER_TRY_DO(io::replace_file(disk, path, bytes));
  if (!old.open()) return {};
  // Only when no name leads to it any more: a backup made of hard links keeps its content.
  struct stat info{};
  if (fstat(old.number(), &info) != 0 || info.st_nlink != 0) return {};
  base::Bytes zeroes(static_cast<std::size_t>(info.st_size));
  CLOISTER_TRY_DO(disk.write_at(old, 0, zeroes));
  return disk.sync(old);
}

base::Outcome write_change(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                           Catalogue changed, bool& touched) {
  changed.generation = vault.catalogue.generation + 1;
  changed.keys_generation = vault.key_file.generation;
  CLOISTER_TRY(base::Bytes sealed,
               seal_catalogue(changed, vault.keys, place.home.id, place.services.random));
  touched = true;
  CLOISTER_TRY_DO(io::replace_file(place.services.disk, place.catalogue(), sealed));
  vault.catalogue = std::move(changed);
  vault.catalogue_hash = crypto::sha256(sealed);
  CLOISTER_TRY_DO(append_change(vault, ledger));
  touched = false;
  return {};
}

base::Outcome rotate_master_key(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                                std::vector<Slot> slots, Change change, bool& touched) {
  VaultKeys next(crypto::new_key(place.services.random));
  for (Slot& slot : slots) seal_master(slot, next.master);
  vault.key_file.generation += 1;
  vault.key_file.slots = std::move(slots);
  vault.key_file.secrets =
      seal_secrets(next, place.home.id, vault.signing, vault.bodies, place.services.random);
  vault.key_file.pending = seal_pending(place, next, vault.keys, change);
  vault.rotation.emplace(std::move(vault.keys), std::move(change));
  vault.keys = std::move(next);
  vault.catalogue_by_previous = vault.epoch_by_previous = vault.head_by_previous = true;
  touched = true;
  CLOISTER_TRY_DO(write_key_file(place, vault));
  CLOISTER_TRY_DO(finish_rotation(place, vault));
  CLOISTER_TRY_DO(append_change(vault, ledger));
  touched = false;
  return {};
}

base::Outcome write_head(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger) {
  ledger::TreeHead checkpointed = ledger.checkpointed();
  Head head{.ledger_size = checkpointed.size,
            .ledger_root = checkpointed.root,
            .checkpoints = ledger.checkpoints(),
            .epoch = vault.epochs.epochs.front().key.epoch,
            .catalogue_generation = vault.catalogue.generation,
            .catalogue_hash = vault.catalogue_hash,
            .keys_generation = vault.key_file.generation,
            .keys_hash = vault.keys_hash,
            .epoch_hash = vault.epoch_hash,
            .home_hash = place.home_hash};
  base::Bytes sealed = seal_head(head, vault.keys, place.home.id, place.services.random);
  CLOISTER_TRY_DO(io::replace_file(place.services.disk, place.head(), sealed));
  vault.head = head;
  return {};
}

namespace {

// The old key signs no more from the moment the ledger knows the new one, which signs a checkpoint
// at once.
base::Outcome begin_epoch(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger) {
  std::vector<Epoch>& epochs = vault.epochs.epochs;
  epochs.push_back(
      {{epochs.front().key.epoch + 1, crypto::SigningKey::generate(place.services.random)},
       ledger.head().size,
       place.services.clock.now()});
  CLOISTER_TRY_DO(write_epochs(place, vault));
  CLOISTER_TRY_DO(ledger.begin_epoch(epochs.front().key, epochs.back().key));
  epochs.erase(epochs.begin());
  return write_epochs(place, vault);
}

bool epoch_is_due(const Place& place, const UnlockedVault& vault, ledger::Ledger& ledger) {
  const Epoch& epoch = vault.epochs.epochs.front();
  constexpr std::uint64_t entries_max = 1024;
  return ledger.head().size >= epoch.first_entry + entries_max ||
         place.services.clock.now() - epoch.began >= std::chrono::hours(24);
}

bool head_is_current(const UnlockedVault& vault, ledger::Ledger& ledger) {
  const Head& head = vault.head;
  return ledger.checkpoints() == head.checkpoints &&
         ledger.checkpointed().size == head.ledger_size &&
         vault.catalogue.generation == head.catalogue_generation &&
         vault.key_file.generation == head.keys_generation && vault.epoch_hash == head.epoch_hash;
}

}  // namespace

base::Outcome write_checkpoint(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                               bool& touched) {
  CLOISTER_CHECK(vault.epochs.epochs.size() == 1 && !vault.rotation);
  bool entries = ledger.head().size != ledger.checkpointed().size;
  if (!entries && head_is_current(vault, ledger)) return {};
  touched = true;
  // A head may be one checkpoint behind, never two: catch up before the next one is written.
  if (ledger.checkpoints() != vault.head.checkpoints)
    CLOISTER_TRY_DO(write_head(place, vault, ledger));
  if (entries && epoch_is_due(place, vault, ledger)) {
    CLOISTER_TRY_DO(begin_epoch(place, vault, ledger));
  } else {
    CLOISTER_TRY([[maybe_unused]] ledger::TreeHead head,
                 ledger.checkpoint(vault.epochs.epochs.front().key));
  }
  if (!head_is_current(vault, ledger)) CLOISTER_TRY_DO(write_head(place, vault, ledger));
  touched = false;
  return {};
}

base::Outcome settle(const Place& place, UnlockedVault& vault, ledger::Ledger& ledger,
                     const Standing& standing) {
  bool rotated = vault.rotation.has_value();
  if (rotated) CLOISTER_TRY_DO(finish_rotation(place, vault));
  if (rotated || standing.entry_missing) CLOISTER_TRY_DO(append_change(vault, ledger));
  std::vector<Epoch>& epochs = vault.epochs.epochs;
  if (epochs.size() == 1) return {};
  if (ledger.checkpoints() != vault.head.checkpoints)
    CLOISTER_TRY_DO(write_head(place, vault, ledger));
  if (ledger.epoch() == epochs.front().key.epoch)
    CLOISTER_TRY_DO(ledger.begin_epoch(epochs.front().key, epochs.back().key));
  epochs.erase(epochs.begin());
  return write_epochs(place, vault);
}

}  // namespace cloister::vault
