// SPDX-License-Identifier: Apache-2.0
// The one implementation of Home.
#pragma once

#include "cloister/vault/home.hpp"

#include "drafts.hpp"
#include "vault_state.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cloister::vault {

class StoredHome final : public Home {
 public:
  // `disk` is owned only where the home is read-only.
  StoredHome(Place place, std::unique_ptr<io::Disk> own_disk,
             std::unique_ptr<ledger::Ledger> ledger, std::vector<vault::Slot> slots);

  const HomeInfo& info() const override { return info_; }
  const io::Path& folder() const override { return place_.folder; }

  base::Outcome unlock(const base::SecretBytes& passphrase) override;
  void lock() override;
  bool unlocked() const override;
  base::Outcome check_passphrase(const base::SecretBytes& passphrase) override;

  base::Outcome record(const ledger::Entry& entry) override;
  base::Outcome finish() override;

  base::Result<std::vector<DatasetVersion>> datasets() override;
  base::Result<DatasetVersion> find(const DatasetReference& reference) override;

  base::Result<Draft> begin_version(const std::string& name, bool append) override;
  base::Result<DatasetVersion> commit(Draft draft, const ledger::Entry& entry,
                                      const Progress& progress) override;
  base::Result<SealedDataset> open_dataset(const DatasetVersion& version) override;
  base::Outcome remove_dataset(const std::string& name, const ledger::Entry& entry) override;
  base::Outcome rename_dataset(const std::string& from, const std::string& to,
                               const ledger::Entry& entry) override;
  base::Outcome shred_dataset(const std::string& name, const ledger::Entry& entry) override;
  base::Outcome change_passphrase(const base::SecretBytes& old_passphrase,
                                  const base::SecretBytes& new_passphrase) override;
  base::Result<std::vector<Damage>> verify(const std::string& name_or_empty,
                                           const Progress& progress, std::stop_token stop) override;

  ledger::Ledger& ledger() override { return *ledger_; }
  const ledger::PublicKeys& ledger_keys() const override { return place_.home.ledger; }
  base::Result<std::vector<ledger::StoredEntry>> entries(std::uint64_t from,
                                                         std::uint64_t to) override;
  base::Result<ledger::VerifyReport> verify_ledger(ledger::VerifyOptions options) override;
  base::Result<boost::json::object> prove_entry(std::uint64_t sequence) override;
  base::Outcome export_ledger(const ledger::Sink& sink) override;
  std::vector<Home::Slot> slots() const override;

 private:
  // A copy of the key that opens ledger entries, so that a long reading holds no lock.
  base::Result<crypto::BoxKeyPair> ledger_bodies();
  bool read_only() const { return own_disk_ != nullptr; }
  base::Result<Credential> authenticate(const base::SecretBytes& passphrase);
  base::Result<Credential> authenticate_and_record(const base::SecretBytes& passphrase);
  // Under the lock: reads the vault anew and finishes what was left one step behind.
  base::Outcome reload();
  // Under the lock: an unlocked vault whose memory is what the disk holds.
  base::Result<UnlockedVault*> vault();
  base::Result<UnlockedVault*> writable_vault();
  base::Outcome finish_locked();
  // Runs one change; when it stopped half way, the next use reads the disk anew.
  template <typename Run>
  base::Outcome change(UnlockedVault& vault, Run run);
  base::Outcome judge_disk();
  base::Outcome destroy(const std::string& name, const ledger::Entry& entry, bool shred);
  void remove_sealed_files(const std::vector<std::string>& file_ids);
  base::Outcome seal_draft(const Draft& draft, DatasetVersion& version, const Progress& progress,
                           const crypto::SigningKey& signing);

  Place place_;
  std::unique_ptr<io::Disk> own_disk_;
  std::unique_ptr<ledger::Ledger> ledger_;
  HomeInfo info_;
  std::shared_ptr<Reservations> reservations_ = std::make_shared<Reservations>();

  mutable std::mutex mutex_;  // guards everything below
  std::vector<Home::Slot> slots_;
  std::vector<Credential> credentials_;  // that open the key file: two while a passphrase changes
  std::unique_ptr<UnlockedVault> vault_;
  bool unsettled_ = false;  // a change failed half way: memory and disk may differ
};

template <typename Run>
base::Outcome StoredHome::change(UnlockedVault& vault, Run run) {
  bool touched = false;
  base::Outcome done = run(vault, touched);
  if (!done && touched) unsettled_ = true;
  return done;
}

}  // namespace cloister::vault
