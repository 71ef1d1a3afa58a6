// SPDX-License-Identifier: Apache-2.0
// Removing, renaming, shredding; changing the passphrase.
#include "cloister/base/log.hpp"
#include "cloister/vault/errors.hpp"

#include "names.hpp"
#include "passphrase.hpp"
#include "stored_home.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::vault {
namespace {

base::Result<std::vector<std::string>> files_of(const Catalogue& catalogue,
                                                const std::string& name) {
  std::vector<std::string> file_ids;
  for (const StoredVersion& stored : catalogue.versions)
    if (same_name(stored.version.dataset, name)) file_ids.push_back(stored.version.file_id);
  if (file_ids.empty())
    return base::fail(errors::dataset_not_found, fmt::format("there is no dataset {}", name),
                      "see what there is with: cloister data list");
  return file_ids;
}

Catalogue without(const Catalogue& catalogue, const std::vector<std::string>& removed,
                  base::WallTime now) {
  Catalogue changed = catalogue;
  std::erase_if(changed.versions, [&](const StoredVersion& stored) {
    const DatasetVersion& version = stored.version;
    if (std::ranges::find(removed, version.file_id) == removed.end()) return false;
    changed.destroyed.push_back({version.dataset, version.version, version.file_id, now, false});
    return true;
  });
  return changed;
}

}  // namespace

base::Outcome StoredHome::destroy(const std::string& name, const ledger::Entry& entry, bool shred) {
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, writable_vault());
  CLOISTER_TRY(std::vector<std::string> removed, files_of(vault->catalogue, name));
  Change change_made{entry, removed};
  if (entry.dataset.empty()) change_made.entry.dataset = name;
  CLOISTER_TRY_DO(change(*vault, [&](UnlockedVault& open, bool& touched) {
    if (shred)
      return rotate_master_key(place_, open, *ledger_, open.key_file.slots, std::move(change_made),
                               touched);
    Catalogue changed = without(open.catalogue, removed, place_.services.clock.now());
    changed.change = std::move(change_made);
    return write_change(place_, open, *ledger_, std::move(changed), touched);
  }));
  remove_sealed_files(removed);
  return {};
}

// The keys are gone already; files that cannot be removed now go at the next unlock.
void StoredHome::remove_sealed_files(const std::vector<std::string>& file_ids) {
  io::Disk& disk = place_.services.disk;
  for (const std::string& file_id : file_ids)
    if (auto removed = disk.remove_folder(place_.datasets() / file_id); !removed)
      base::log_info(fmt::format("vault: {}", removed.error().message));
  if (auto synced = disk.sync_folder(place_.datasets()); !synced)
    base::log_info(fmt::format("vault: {}", synced.error().message));
}

base::Outcome StoredHome::remove_dataset(const std::string& name, const ledger::Entry& entry) {
  return destroy(name, entry, false);
}

base::Outcome StoredHome::shred_dataset(const std::string& name, const ledger::Entry& entry) {
  return destroy(name, entry, true);
}

base::Outcome StoredHome::rename_dataset(const std::string& from, const std::string& to,
                                         const ledger::Entry& entry) {
  CLOISTER_TRY(std::string new_name, parse_dataset_name(to));
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, writable_vault());
  CLOISTER_TRY([[maybe_unused]] std::vector<std::string> renamed, files_of(vault->catalogue, from));
  if (!same_name(from, to) && files_of(vault->catalogue, to))
    return base::fail(errors::dataset_exists, fmt::format("there is a dataset {} already", to),
                      "choose another name");
  Catalogue changed = vault->catalogue;
  for (StoredVersion& stored : changed.versions)
    if (same_name(stored.version.dataset, from)) stored.version.dataset = new_name;
  changed.change = {entry, {}};
  if (entry.dataset.empty()) changed.change.entry.dataset = from;
  return change(*vault, [&](UnlockedVault& open, bool& touched) {
    return write_change(place_, open, *ledger_, std::move(changed), touched);
  });
}

base::Outcome StoredHome::change_passphrase(const base::SecretBytes& old_passphrase,
                                            const base::SecretBytes& new_passphrase) {
  CLOISTER_TRY_DO(check_new_passphrase(new_passphrase));
  if (read_only()) return base::fail(errors::read_only, "this home was opened to read only");
  CLOISTER_TRY(Credential credential, authenticate_and_record(old_passphrase));
  std::lock_guard lock(mutex_);
  if (!vault_) {
    credentials_.clear();
    credentials_.push_back(std::move(credential));
    CLOISTER_TRY_DO(reload());
  }
  CLOISTER_TRY(UnlockedVault * vault, writable_vault());
  std::vector<vault::Slot> slots = vault->key_file.slots;
  auto owner = std::ranges::find(slots, "owner", &vault::Slot::name);
  if (owner == slots.end()) return damaged_file("keys", "the owner's slot is missing");
  SlotRequest request{"owner", SlotKind::passphrase, place_.services.clock.now(),
                      new_passphrase.view(), owner->cost};
  CLOISTER_TRY(NewSlot made,
               make_slot(request, place_.home.id, place_.home.signing_key, place_.services.random));
  *owner = std::move(made.slot);
  // Which of the two opens the key file is open until the change is on disk.
  credentials_.push_back(made.credential.clone());
  Change change_made;
  change_made.entry.kind = "passwd";
  change_made.entry.who = place_.home.owner;
  CLOISTER_TRY_DO(change(*vault, [&](UnlockedVault& open, bool& touched) {
    return rotate_master_key(place_, open, *ledger_, std::move(slots), std::move(change_made),
                             touched);
  }));
  bool by_owner = vault->credential.slot == "owner";
  if (by_owner) vault->credential = std::move(made.credential);
  credentials_.clear();
  credentials_.push_back(vault->credential.clone());
  slots_.clear();
  for (const vault::Slot& slot : vault->key_file.slots) slots_.push_back({slot.name, slot.created});
  return {};
}

}  // namespace cloister::vault
