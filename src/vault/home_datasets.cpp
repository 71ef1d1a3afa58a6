// SPDX-License-Identifier: Apache-2.0
// Datasets: finding, making, sealing, opening.
#include "cloister/base/check.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/vault/manifest.hpp"

#include "names.hpp"
#include "ownership.hpp"
#include "stored_home.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace cloister::vault {
namespace {

std::unexpected<base::Error> not_found(const DatasetReference& reference) {
  std::string name =
      reference.version ? fmt::format("{}@{}", reference.name, *reference.version) : reference.name;
  return base::fail(errors::dataset_not_found, fmt::format("there is no dataset {}", name),
                    "see what there is with: cloister data list");
}

// The one that a name means: nothing when there is none.
const StoredVersion* version_in(const Catalogue& catalogue, const DatasetReference& reference) {
  const StoredVersion* found = nullptr;
  for (const StoredVersion& stored : catalogue.versions) {
    if (!same_name(stored.version.dataset, reference.name)) continue;
    if (reference.version && stored.version.version != *reference.version) continue;
    if (found == nullptr || stored.version.version > found->version.version) found = &stored;
  }
  return found;
}

const Destroyed* destroyed_in(const Catalogue& catalogue, const DatasetReference& reference) {
  for (const Destroyed& destroyed : catalogue.destroyed)
    if (same_name(destroyed.dataset, reference.name) &&
        (!reference.version || destroyed.version == *reference.version))
      return &destroyed;
  return nullptr;
}

// Numbers never come back, not even of versions that are gone: the ledger names them.
std::uint64_t next_version(const Catalogue& catalogue, const std::string& name) {
  std::uint64_t newest = 0;
  for (const StoredVersion& stored : catalogue.versions)
    if (same_name(stored.version.dataset, name)) newest = std::max(newest, stored.version.version);
  for (const Destroyed& destroyed : catalogue.destroyed)
    if (same_name(destroyed.dataset, name)) newest = std::max(newest, destroyed.version);
  return newest + 1;
}

std::unexpected<base::Error> exists_already(const std::string& name) {
  return base::fail(errors::dataset_exists, fmt::format("there is a dataset {} already", name),
                    "add to it with --append, or choose another name with --name");
}

// A draft takes minutes: meanwhile its dataset may have been removed, or its name taken by a
// rename.
base::Outcome still_fits(const Catalogue& catalogue, const DatasetVersion& version, bool appends) {
  const StoredVersion* newest = version_in(catalogue, {version.dataset, std::nullopt});
  if (appends && (newest == nullptr || newest->version.dataset_id != version.dataset_id))
    return not_found({version.dataset, std::nullopt});
  if (!appends && newest != nullptr) return exists_already(newest->version.dataset);
  if (next_version(catalogue, version.dataset) != version.version)
    return base::fail(errors::dataset_busy,
                      fmt::format("{} changed while the import ran", version.dataset),
                      "import again");
  return {};
}

}  // namespace

base::Result<std::vector<DatasetVersion>> StoredHome::datasets() {
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, this->vault());
  std::vector<DatasetVersion> versions;
  for (const StoredVersion& stored : vault->catalogue.versions) versions.push_back(stored.version);
  std::ranges::sort(versions, {}, [](const DatasetVersion& version) {
    return std::pair(folded(version.dataset), version.version);
  });
  return versions;
}

base::Result<DatasetVersion> StoredHome::find(const DatasetReference& reference) {
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, this->vault());
  if (const StoredVersion* found = version_in(vault->catalogue, reference)) return found->version;
  const Destroyed* destroyed = destroyed_in(vault->catalogue, reference);
  if (destroyed == nullptr) return not_found(reference);
  return base::fail(
      errors::dataset_destroyed,
      fmt::format("the dataset {} was {} on {}", reference.name,
                  destroyed->shredded ? "shredded" : "removed", base::to_rfc3339(destroyed->time)),
      "its key is gone; import the data again if you have it");
}

base::Result<Draft> StoredHome::begin_version(const std::string& name, bool append) {
  CLOISTER_TRY(std::string checked, parse_dataset_name(name));
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, writable_vault());
  const StoredVersion* newest = version_in(vault->catalogue, {checked, std::nullopt});
  if (newest != nullptr && !append) return exists_already(newest->version.dataset);
  if (newest == nullptr && append) return not_found({checked, std::nullopt});
  if (!reservations_->take(folded(checked)))
    return base::fail(errors::dataset_busy,
                      fmt::format("another import into {} is still running", checked),
                      "wait for it to end");
  Draft draft;
  draft.version.dataset = newest != nullptr ? newest->version.dataset : checked;
  draft.version.version = next_version(vault->catalogue, checked);
  draft.version.file_id = base::random_id(place_.services.random);
  draft.version.dataset_id =
      newest != nullptr ? newest->version.dataset_id : base::random_id(place_.services.random);
  draft.folder = place_.staging() / draft.version.file_id;
  draft.key = crypto::new_key(place_.services.random);
  draft.cleanup = std::make_shared<DraftGuard>(place_.services.disk, draft.folder, reservations_,
                                               folded(checked), append);
  CLOISTER_TRY_DO(place_.services.disk.make_folder(draft.folder, 0700));
  CLOISTER_TRY_DO(give_to_worker(draft.folder));
  return draft;
}

// From the worker's folder into the vault: a plain file of ours, durable, with its manifest.
base::Outcome StoredHome::seal_draft(const Draft& draft, DatasetVersion& version,
                                     const Progress& progress, const crypto::SigningKey& signing) {
  io::Disk& disk = place_.services.disk;
  io::Path from = draft.folder / "data.duckdb";
  io::Path folder = place_.datasets() / version.file_id;
  struct stat info{};
  if (lstat(from.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1)
    return base::fail(errors::unfinished_draft, "the import left no sealed file");
  io::Path log = draft.folder / "data.duckdb.wal";
  if (lstat(log.c_str(), &info) == 0 && info.st_size != 0)
    return base::fail(errors::unfinished_draft, "the import did not close its file");
  CLOISTER_TRY_DO(disk.make_folder(folder, 0700));
  CLOISTER_TRY_DO(disk.rename(from, folder / "data.duckdb"));
  CLOISTER_TRY(io::Descriptor file, disk.open_read(folder / "data.duckdb"));
  CLOISTER_TRY_DO(take_back(file));
  CLOISTER_TRY_DO(disk.sync(file));
  CLOISTER_TRY(version.bytes_stored, io::size_of(file));
  if (version.bytes_stored == 0 || version.bytes_stored > sealed_file_bytes_max)
    return base::fail(errors::unfinished_draft, "the import's file is empty or too large");
  Manifest manifest{
      version.file_id, version.dataset_id, version.version, version.bytes_stored, {}, {}, {}};
  CLOISTER_TRY_DO(hash_blocks(
      file, version.bytes_stored, {}, [&](std::uint64_t index, const crypto::Hash& hash) {
        manifest.blocks.push_back(hash);
        if (progress)
          progress("seal", block_at(index, version.bytes_stored).offset, version.bytes_stored);
        return true;
      }));
  base::Bytes bytes = sign_manifest(manifest, signing);
  version.root = manifest.root;
  CLOISTER_TRY(io::Descriptor manifest_file, disk.create(folder / "manifest", 0600));
  CLOISTER_TRY_DO(disk.write_at(manifest_file, 0, bytes));
  CLOISTER_TRY_DO(disk.sync(manifest_file));
  CLOISTER_TRY_DO(disk.sync_folder(folder));
  return disk.sync_folder(place_.datasets());
}

base::Result<DatasetVersion> StoredHome::commit(Draft draft, const ledger::Entry& entry,
                                                const Progress& progress) {
  CLOISTER_CHECK(draft.cleanup && draft.key.size() == crypto::key_bytes);
  DatasetVersion version = draft.version;
  version.created = place_.services.clock.now();
  auto* guard = static_cast<DraftGuard*>(draft.cleanup.get());
  std::optional<crypto::SigningKey> signing;
  {
    std::lock_guard lock(mutex_);
    CLOISTER_TRY(UnlockedVault * vault, writable_vault());
    signing = crypto::SigningKey::from_seed(vault->signing.seed().clone());
  }
  io::Path folder = place_.datasets() / version.file_id;
  auto sealed = seal_draft(draft, version, progress, *signing);
  std::lock_guard lock(mutex_);
  auto vault = sealed ? writable_vault() : std::unexpected(sealed.error());
  base::Outcome done = vault ? still_fits((*vault)->catalogue, version, guard->appends())
                             : std::unexpected(vault.error());
  if (done) {
    Catalogue changed = (*vault)->catalogue;
    changed.versions.push_back(
        {version, wrap_dataset_key((*vault)->keys, place_.home.id, version.file_id, draft.key,
                                   place_.services.random)});
    changed.change = {entry, {}};
    if (entry.dataset.empty())
      changed.change.entry.dataset = fmt::format("{}@{}", version.dataset, version.version);
    done = change(**vault, [&](UnlockedVault& open, bool& touched) {
      return write_change(place_, open, *ledger_, std::move(changed), touched);
    });
  }
  if (done) return version;
  if (unsettled_) {
    guard->leave_folder();  // the catalogue on disk may name it: the next use decides
  } else {
    (void)place_.services.disk.remove_folder(folder);
  }
  return std::unexpected(done.error());
}

base::Result<SealedDataset> StoredHome::open_dataset(const DatasetVersion& version) {
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, this->vault());
  auto is_it = [&](const StoredVersion& stored) {
    return stored.version.file_id == version.file_id;
  };
  auto found = std::ranges::find_if(vault->catalogue.versions, is_it);
  if (found == vault->catalogue.versions.end())
    return not_found({version.dataset, version.version});
  const DatasetVersion& known = found->version;
  CLOISTER_TRY(Manifest manifest, load_manifest(place_, vault->signing.verify_key(), known));
  SealedDataset dataset{known, {}, {}, std::move(manifest.blocks)};
  auto file = place_.services.disk.open_read(place_.sealed_file(known.file_id));
  if (!file && file.error().is(io::errors::not_found))
    return damaged_dataset(known, "its sealed file is missing");
  if (!file) return std::unexpected(file.error());
  dataset.file = *std::move(file);
  CLOISTER_TRY(std::uint64_t size, io::size_of(dataset.file));
  if (size != manifest.file_bytes)
    return damaged_dataset(known, fmt::format("its sealed file has {} bytes instead of {}", size,
                                              manifest.file_bytes));
  // Read-only in the middle of a rotation: the catalogue is still under the previous keys.
  const VaultKeys& keys = vault->catalogue_by_previous ? vault->rotation->previous : vault->keys;
  auto key = unwrap_dataset_key(keys, place_.home.id, known.file_id, found->wrapped_key);
  if (!key) return damaged_dataset(known, "its key does not open");
  dataset.key = *std::move(key);
  return dataset;
}

}  // namespace cloister::vault
