// SPDX-License-Identifier: Apache-2.0
// A home on disk: keys, catalogue, sealed datasets and the ledger, opened and changed in the commit
// order of architecture decision 6 (sealed files, catalogue, entry, checkpoint, head).
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"
#include "cloister/crypto/derive.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/ledger/ledger.hpp"
#include "cloister/vault/catalogue.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace cloister::vault {

struct Services {
  io::Disk& disk;
  base::Clock& clock;
  base::Random& random;
};

struct HomeInfo {
  std::string id;
  std::string owner;       // name of the person who made it
  std::string ledger_key;  // verifier key of the first epoch, as a C2SP note verifier key text
  base::WallTime created;
};

// A version that is being made. Nothing of it is visible before Home::commit; when it goes without
// a commit, its folder and key go too.
struct Draft {
  DatasetVersion
      version;      // name, number and file_id are set; the maker fills rows, columns, bytes_in
  io::Path folder;  // scratch folder (0700, owned by the worker's id when started as root); the
                    // worker writes data.duckdb there
  base::SecretBytes key;          // 32 random bytes: the dataset's key
  std::shared_ptr<void> cleanup;  // the home's own: removes the folder when nothing was committed
};

// What a query worker needs to open one version.
struct SealedDataset {
  DatasetVersion version;
  io::Descriptor file;  // read-only
  base::SecretBytes key;
  std::vector<crypto::Hash>
      block_hashes;  // leaves of the manifest: first 12,288 bytes, then blocks of 262,144
};

struct Damage {
  std::string dataset;  // "name@version", or empty for a file that belongs to none
  std::string file;     // relative to the home
  std::int64_t block = -1;
  std::string message;
};

using Progress =
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

// Thread-safe: short internal lock around each change. One process per home (the caller holds
// home/run/home.lock).
class Home {
 public:
  // Refuses a folder that is not empty (an empty run/ with the caller's lock aside). With
  // `recovery_key` non-null a recovery slot is made and its key text (printable, 256 bits) written
  // there. A crash leaves a folder without home.json, which is no home.
  static base::Result<HomeInfo> create(Services services, const io::Path& folder,
                                       const std::string& owner,
                                       const base::SecretBytes& passphrase,
                                       std::string* recovery_key, crypto::PassphraseCost cost = {});
  // Opens locked: home.json and the ledger (appending works, reading data does not).
  static base::Result<std::unique_ptr<Home>> open(Services services, const io::Path& folder);
  // The same without changing a byte on disk: for verifying commands.
  static base::Result<std::unique_ptr<Home>> open_read_only(Services services,
                                                            const io::Path& folder);
  virtual ~Home() = default;

  virtual const HomeInfo& info() const = 0;
  virtual const io::Path& folder() const = 0;

  // Accepts the owner's passphrase or the recovery key. Finishes what a crash left one step behind,
  // then compares ledger, catalogue and head: vault.rolled-back, vault.damaged (integrity). A wrong
  // passphrase is vault.wrong-passphrase (locked) and, unless read-only, an entry `unlock-failed`.
  // An unlock that worked is the caller's to record: only it knows who asked and for what.
  virtual base::Outcome unlock(const base::SecretBytes& passphrase) = 0;
  virtual void lock() = 0;  // wipes all keys
  virtual bool unlocked() const = 0;
  // For what changes authority while a server holds the home unlocked.
  virtual base::Outcome check_passphrase(const base::SecretBytes& passphrase) = 0;

  virtual base::Outcome record(const ledger::Entry& entry) = 0;  // durable when it returns
  virtual base::Outcome finish() = 0;  // checkpoint and head; each command ends with it

  virtual base::Result<std::vector<DatasetVersion>>
  datasets() = 0;  // all live versions, sorted by name, version
  virtual base::Result<DatasetVersion> find(
      const DatasetReference& reference) = 0;  // vault.dataset-not-found, vault.dataset-destroyed

  virtual base::Result<Draft> begin_version(const std::string& name,
                                            bool append) = 0;  // vault.dataset-exists when !append
  virtual base::Result<DatasetVersion> commit(Draft draft, const ledger::Entry& entry,
                                              const Progress& progress) = 0;
  virtual base::Result<SealedDataset> open_dataset(
      const DatasetVersion& version) = 0;  // checks the manifest's signature and root
  virtual base::Outcome remove_dataset(const std::string& name, const ledger::Entry& entry) = 0;
  virtual base::Outcome rename_dataset(const std::string& from, const std::string& to,
                                       const ledger::Entry& entry) = 0;
  // Destroys the keys of all versions, re-wraps what remains under a new vault key, records it.
  virtual base::Outcome shred_dataset(const std::string& name, const ledger::Entry& entry) = 0;
  virtual base::Outcome change_passphrase(const base::SecretBytes& old_passphrase,
                                          const base::SecretBytes& new_passphrase) = 0;

  // Reads every byte of every sealed file (or of one dataset) and all of the vault's own files.
  virtual base::Result<std::vector<Damage>> verify(const std::string& name_or_empty,
                                                   const Progress& progress,
                                                   std::stop_token stop) = 0;

  virtual ledger::Ledger& ledger() = 0;
  virtual const ledger::PublicKeys& ledger_keys() const = 0;
  // Needs an unlocked home.
  virtual base::Result<std::vector<ledger::StoredEntry>> entries(std::uint64_t from,
                                                                 std::uint64_t to) = 0;
  // The whole ledger, every byte, bodies included; other commands go on meanwhile. What does not
  // fit stands in the report.
  virtual base::Result<ledger::VerifyReport> verify_ledger(ledger::VerifyOptions options) = 0;
  // One entry with its proof, and the whole ledger as a file: what an auditor checks without a key.
  virtual base::Result<boost::json::object> prove_entry(std::uint64_t sequence) = 0;
  virtual base::Outcome export_ledger(const ledger::Sink& sink) = 0;
  struct Slot {
    std::string name;  // owner, recovery
    base::WallTime created;
  };
  virtual std::vector<Slot> slots() const = 0;
};

}  // namespace cloister::vault
