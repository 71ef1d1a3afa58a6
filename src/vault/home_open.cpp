// SPDX-License-Identifier: Apache-2.0
// Opening, unlocking, recording, finishing.
#include "cloister/base/log.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/vault/errors.hpp"

#include "passphrase.hpp"
#include "read_only_disk.hpp"
#include "stored_home.hpp"

#include <fmt/format.h>

namespace cloister::vault {
namespace {

base::Result<HomeFile> read_home_file(io::Disk& disk, const io::Path& folder, crypto::Hash& hash) {
  auto bytes = io::read_file(disk, folder / "home.json", home_file_bytes_max);
  if (!bytes && bytes.error().is(io::errors::not_found)) {
    if (io::exists(folder / "vault") && io::exists(folder / "ledger"))
      return base::fail(errors::damaged, "home.json is missing",
                        "restore it from a backup of this home; after an interrupted init remove "
                        "the folder");
    return base::fail(errors::not_a_home, fmt::format("there is no home in {}", folder.native()),
                      "make one with: cloister init");
  }
  if (!bytes && bytes.error().is(io::errors::too_large))
    return base::fail(errors::damaged, "home.json is damaged: it is too large",
                      "restore it from a backup of this home");
  if (!bytes) return std::unexpected(bytes.error());
  hash = crypto::sha256(*bytes);
  return parse_home_file(base::as_text(*bytes));
}

// Files of the ledger that are gone are damage, not a failed system call.
template <typename T>
base::Result<T> as_damage(base::Result<T> result) {
  if (result ||
      !(result.error().is(io::errors::not_found) || result.error().is(io::errors::too_large)))
    return result;
  return base::fail(errors::damaged,
                    fmt::format("the ledger is damaged: {}", result.error().message),
                    "restore the home from a backup");
}

std::vector<vault::Slot> slots_of(const Place& place) {
  auto bytes = io::read_file(place.services.disk, place.keys(), key_file_bytes_max);
  if (!bytes) return {};
  auto file = parse_key_file(base::as_text(*bytes), place.home.id);
  return file ? std::move(file->slots) : std::vector<vault::Slot>{};
}

base::Result<std::unique_ptr<Home>> open_home(Services services, const io::Path& folder,
                                              std::unique_ptr<io::Disk> own_disk) {
  crypto::Hash hash{};
  CLOISTER_TRY(HomeFile home, read_home_file(services.disk, folder, hash));
  ledger::Environment environment{services.disk, services.clock, services.random};
  auto open_ledger = own_disk ? ledger::Ledger::open_read_only : ledger::Ledger::open;
  CLOISTER_TRY(std::unique_ptr<ledger::Ledger> ledger,
               as_damage(open_ledger(environment, folder / "ledger", home.ledger)));
  Place place{services, folder, std::move(home), hash};
  std::vector<vault::Slot> slots = slots_of(place);
  return std::make_unique<StoredHome>(std::move(place), std::move(own_disk), std::move(ledger),
                                      std::move(slots));
}

}  // namespace

base::Result<std::unique_ptr<Home>> Home::open(Services services, const io::Path& folder) {
  return open_home(services, folder, nullptr);
}

base::Result<std::unique_ptr<Home>> Home::open_read_only(Services services,
                                                         const io::Path& folder) {
  auto disk = std::make_unique<ReadOnlyDisk>(services.disk);
  Services reading{*disk, services.clock, services.random};
  return open_home(reading, folder, std::move(disk));
}

StoredHome::StoredHome(Place place, std::unique_ptr<io::Disk> own_disk,
                       std::unique_ptr<ledger::Ledger> ledger, std::vector<vault::Slot> slots)
    : place_(std::move(place)),
      own_disk_(std::move(own_disk)),
      ledger_(std::move(ledger)),
      info_{place_.home.id, place_.home.owner,
            note_verifier_key(place_.home.ledger.origin, place_.home.ledger.first_epoch),
            place_.home.created} {
  for (const vault::Slot& slot : slots) slots_.push_back({slot.name, slot.created});
}

base::Result<Credential> StoredHome::authenticate(const base::SecretBytes& passphrase) {
  CLOISTER_TRY(base::Bytes bytes, read_vault_file(place_, place_.keys(), key_file_bytes_max));
  CLOISTER_TRY(KeyFile file, parse_key_file(base::as_text(bytes), place_.home.id));
  return open_any_slot(file, place_.home.id, passphrase);
}

base::Result<Credential> StoredHome::authenticate_and_record(const base::SecretBytes& passphrase) {
  auto credential = authenticate(passphrase);
  if (credential || read_only() || !credential.error().is(errors::wrong_passphrase))
    return credential;
  // Sealed to the ledger's public key: no secret is needed to write it down.
  ledger::Entry entry;
  entry.kind = "unlock-failed";
  entry.who = "unknown";
  if (auto recorded = record(entry); !recorded)
    base::log_info(
        fmt::format("vault: a failed unlock was not recorded: {}", recorded.error().message));
  return credential;
}

base::Outcome StoredHome::unlock(const base::SecretBytes& passphrase) {
  CLOISTER_TRY(Credential credential, authenticate_and_record(passphrase));
  std::lock_guard lock(mutex_);
  if (vault_ && !unsettled_) return {};
  credentials_.clear();
  credentials_.push_back(std::move(credential));
  base::Outcome done = reload();
  if (!done) {
    vault_.reset();
    credentials_.clear();
  }
  return done;
}

base::Outcome StoredHome::reload() {
  CLOISTER_TRY(UnlockedVault loaded, load_vault(place_, credentials_));
  CLOISTER_TRY(Standing standing, judge(place_, loaded, *ledger_));
  vault_ = std::make_unique<UnlockedVault>(std::move(loaded));
  slots_.clear();
  for (const vault::Slot& slot : vault_->key_file.slots)
    slots_.push_back({slot.name, slot.created});
  if (read_only()) return {};
  unsettled_ = true;  // until everything below worked
  CLOISTER_TRY_DO(settle(place_, *vault_, *ledger_, standing));
  if (reservations_->empty()) CLOISTER_TRY_DO(remove_leftovers(place_, *vault_));
  unsettled_ = false;
  credentials_.clear();
  credentials_.push_back(vault_->credential.clone());
  return finish_locked();
}

void StoredHome::lock() {
  std::lock_guard lock(mutex_);
  vault_.reset();
  credentials_.clear();
}

bool StoredHome::unlocked() const {
  std::lock_guard lock(mutex_);
  return vault_ != nullptr;
}

base::Outcome StoredHome::check_passphrase(const base::SecretBytes& passphrase) {
  CLOISTER_TRY([[maybe_unused]] Credential credential, authenticate_and_record(passphrase));
  return {};
}

base::Result<UnlockedVault*> StoredHome::vault() {
  if (!vault_)
    return base::fail(errors::locked, "the vault is locked", "unlock it with: cloister unlock");
  if (unsettled_) CLOISTER_TRY_DO(reload());
  return vault_.get();
}

base::Result<UnlockedVault*> StoredHome::writable_vault() {
  if (read_only()) return base::fail(errors::read_only, "this home was opened to read only");
  return vault();
}

base::Outcome StoredHome::record(const ledger::Entry& entry) {
  if (read_only()) return base::fail(errors::read_only, "this home was opened to read only");
  ledger::Entry own = entry;
  // SECURITY: only the vault itself says which catalogue is the newest (test:
  // HomeLife.AnEntryCannotSpeakForTheVault).
  own.detail.erase("vault");
  CLOISTER_TRY([[maybe_unused]] std::uint64_t sequence, ledger_->append(own));
  return {};
}

base::Outcome StoredHome::finish() {
  std::lock_guard lock(mutex_);
  if (read_only() || !vault_) return {};  // locked: entries wait for the next unlock
  CLOISTER_TRY([[maybe_unused]] UnlockedVault * vault, this->vault());
  return finish_locked();
}

base::Outcome StoredHome::finish_locked() {
  return change(*vault_, [&](UnlockedVault& vault, bool& touched) {
    return write_checkpoint(place_, vault, *ledger_, touched);
  });
}

base::Result<std::vector<ledger::StoredEntry>> StoredHome::entries(std::uint64_t from,
                                                                   std::uint64_t to) {
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, this->vault());
  std::uint64_t size = ledger_->head().size;
  to = std::min(to, size);
  if (from >= to) return std::vector<ledger::StoredEntry>{};
  return ledger_->read(from, to, vault->bodies);
}

std::vector<Home::Slot> StoredHome::slots() const {
  std::lock_guard lock(mutex_);
  return slots_;
}

}  // namespace cloister::vault
