// SPDX-License-Identifier: Apache-2.0
// Reading every byte of the vault, and removing what crashes leave.
#include "cloister/io/errors.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/vault/manifest.hpp"

#include "names.hpp"
#include "stored_home.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

namespace cloister::vault {
namespace {

std::string title_of(const DatasetVersion& version) {
  return fmt::format("{}@{}", version.dataset, version.version);
}

// The names that replace_file uses beside the small files; a crash can leave them.
bool is_leftover_name(const std::string& name) {
  return name == "keys.new" || name == "catalogue.new" || name == "head.new" || name == "epoch.new";
}

class Verifier {
 public:
  Verifier(const Place& place, const UnlockedVault& vault, const Progress& progress,
           std::stop_token stop)
      : place_(place),
        signing_key_(vault.signing.verify_key()),
        progress_(progress),
        stop_(std::move(stop)) {}

  base::Outcome check_dataset(const DatasetVersion& version);
  void check_strangers(const Catalogue& catalogue);
  // `version` null: a file that belongs to no dataset.
  void add(const DatasetVersion* version, const io::Path& file, std::int64_t block,
           std::string message) {
    found_.push_back(
        {version != nullptr ? version->file_id : std::string(),
         {version != nullptr ? title_of(*version) : std::string(),
          file.lexically_relative(place_.folder).native(), block, std::move(message)}});
  }
  void expect(std::uint64_t bytes) { total_ += bytes; }
  // Without what was removed by somebody else meanwhile.
  std::vector<Damage> take(const Catalogue& now) {
    std::vector<Damage> damage;
    for (Found& found : found_)
      if (found.file_id.empty() ||
          std::ranges::any_of(now.versions, [&](const StoredVersion& stored) {
            return stored.version.file_id == found.file_id;
          }))
        damage.push_back(std::move(found.damage));
    return damage;
  }

 private:
  struct Found {
    std::string file_id;
    Damage damage;
  };
  void check_dataset_folders(const Catalogue& catalogue);

  const Place& place_;
  crypto::VerifyKey signing_key_;
  const Progress& progress_;
  std::stop_token stop_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  std::vector<Found> found_;
};

base::Outcome Verifier::check_dataset(const DatasetVersion& version) {
  auto manifest = load_manifest(place_, signing_key_, version);
  if (!manifest) {
    add(&version, place_.manifest(version.file_id), -1, manifest.error().message);
    return {};
  }
  io::Path path = place_.sealed_file(version.file_id);
  auto file = place_.services.disk.open_read(path);
  if (!file) {
    add(&version, path, -1, "the sealed file is missing");
    return {};
  }
  CLOISTER_TRY(std::uint64_t size, io::size_of(*file));
  if (size != manifest->file_bytes)
    add(&version, path, -1,
        fmt::format("the sealed file has {} bytes instead of {}", size, manifest->file_bytes));
  constexpr std::size_t named_max = 16;  // of one file: a lost disk has thousands
  std::size_t named = 0;
  return hash_blocks(*file, manifest->file_bytes, stop_,
                     [&](std::uint64_t index, const crypto::Hash& hash) {
                       if (hash != manifest->blocks[index] && ++named <= named_max)
                         add(&version, path, static_cast<std::int64_t>(index),
                             fmt::format("block {} was changed", index));
                       done_ += block_at(index, manifest->file_bytes).size;
                       if (progress_) progress_("verify", done_, total_);
                       return true;
                     });
}

void Verifier::check_strangers(const Catalogue& catalogue) {
  auto names = io::list_folder(place_.vault());
  if (!names) return add(nullptr, place_.vault(), -1, names.error().message);
  const std::set<std::string> known{"keys", "catalogue", "head", "epoch", "datasets", "staging"};
  for (const std::string& name : *names)
    if (!known.contains(name) && !is_leftover_name(name))
      add(nullptr, place_.vault() / name, -1, "this does not belong to the vault");
  check_dataset_folders(catalogue);
}

void Verifier::check_dataset_folders(const Catalogue& catalogue) {
  auto folders = io::list_folder(place_.datasets());
  if (!folders) return add(nullptr, place_.datasets(), -1, "the folder is missing");
  std::set<std::string> live;
  for (const StoredVersion& stored : catalogue.versions) live.insert(stored.version.file_id);
  const std::vector<std::string>& going = catalogue.change.removed;
  for (const std::string& name : *folders) {
    io::Path folder = place_.datasets() / name;
    if (live.contains(name)) {
      auto files = io::list_folder(folder);
      if (!files) continue;  // check_dataset tells
      for (const std::string& file : *files)
        if (file != "data.duckdb" && file != "manifest")
          add(nullptr, folder / file, -1, "this does not belong to the vault");
      continue;
    }
    // A crash leaves the folder of an import whose draft is still there, and those of the last
    // removal.
    bool unfinished =
        io::exists(place_.staging() / name) || std::ranges::find(going, name) != going.end();
    if (!unfinished) add(nullptr, folder, -1, "this does not belong to the vault");
  }
}

}  // namespace

std::unexpected<base::Error> damaged_dataset(const DatasetVersion& version, std::string_view what) {
  return base::fail(errors::damaged, fmt::format("{} is damaged: {}", title_of(version), what),
                    "see what was changed with: cloister data verify");
}

base::Result<Manifest> load_manifest(const Place& place, const crypto::VerifyKey& signing_key,
                                     const DatasetVersion& version) {
  std::uint64_t size_max = 256 + 32 * block_count(version.bytes_stored);
  auto bytes = read_vault_file(place, place.manifest(version.file_id), size_max);
  if (!bytes && bytes.error().kind == base::Kind::integrity)
    return damaged_dataset(version, bytes.error().message);
  if (!bytes) return std::unexpected(bytes.error());
  auto manifest = parse_manifest(*bytes);
  if (!manifest) return damaged_dataset(version, manifest.error().message);
  // SECURITY: a manifest counts only for the file, version and root that the sealed catalogue
  // names, so that an older or another dataset's cannot stand in (test:
  // HomeLife.AnotherManifestCannotStandIn).
  if (manifest->file_id != version.file_id || manifest->dataset_id != version.dataset_id ||
      manifest->version != version.version || manifest->file_bytes != version.bytes_stored ||
      manifest->root != version.root)
    return damaged_dataset(version, "its manifest belongs to something else");
  if (!signature_fits(*manifest, signing_key))
    return damaged_dataset(version, "the signature of its manifest does not fit");
  return manifest;
}

base::Outcome remove_leftovers(const Place& place, const UnlockedVault& vault) {
  io::Disk& disk = place.services.disk;
  CLOISTER_TRY(std::vector<std::string> names, io::list_folder(place.vault()));
  for (const std::string& name : names)
    if (is_leftover_name(name)) CLOISTER_TRY_DO(disk.remove(place.vault() / name));
  std::set<std::string> live;
  for (const StoredVersion& stored : vault.catalogue.versions) live.insert(stored.version.file_id);
  std::set<std::string> gone;
  for (const Destroyed& destroyed : vault.catalogue.destroyed) gone.insert(destroyed.file_id);
  CLOISTER_TRY(std::vector<std::string> drafts, io::list_folder(place.staging()));
  CLOISTER_TRY(std::vector<std::string> folders, io::list_folder(place.datasets()));
  for (const std::string& name : folders) {
    bool of_a_draft = std::ranges::binary_search(drafts, name) && !live.contains(name);
    if (of_a_draft || gone.contains(name))
      CLOISTER_TRY_DO(disk.remove_folder(place.datasets() / name));
  }
  // Only after them: the draft's folder is what tells a left-over from a stranger.
  for (const std::string& name : drafts)
    CLOISTER_TRY_DO(disk.remove_folder(place.staging() / name));
  return {};
}

base::Result<std::vector<Damage>> StoredHome::verify(const std::string& name_or_empty,
                                                     const Progress& progress,
                                                     std::stop_token stop) {
  std::vector<DatasetVersion> versions;
  std::optional<Verifier> verifier;
  {
    std::lock_guard lock(mutex_);
    CLOISTER_TRY(UnlockedVault * vault, this->vault());
    for (const StoredVersion& stored : vault->catalogue.versions)
      if (name_or_empty.empty() || same_name(stored.version.dataset, name_or_empty))
        versions.push_back(stored.version);
    if (versions.empty() && !name_or_empty.empty())
      return base::fail(errors::dataset_not_found,
                        fmt::format("there is no dataset {}", name_or_empty),
                        "see what there is with: cloister data list");
    verifier.emplace(place_, *vault, progress, stop);
    base::Outcome small = judge_disk();
    if (!small && small.error().kind != base::Kind::integrity)
      return std::unexpected(small.error());
    if (!small) verifier->add(nullptr, place_.vault(), -1, small.error().message);
    if (name_or_empty.empty()) verifier->check_strangers(vault->catalogue);
  }
  // The long part without the lock: other commands go on.
  for (const DatasetVersion& version : versions) verifier->expect(version.bytes_stored);
  for (const DatasetVersion& version : versions) CLOISTER_TRY_DO(verifier->check_dataset(version));
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, this->vault());
  return verifier->take(vault->catalogue);
}

// The small files as they lie there now, not as they were when the vault was unlocked.
base::Outcome StoredHome::judge_disk() {
  CLOISTER_TRY(base::Bytes home,
               read_vault_file(place_, place_.folder / "home.json", home_file_bytes_max));
  if (crypto::sha256(home) != place_.home_hash)
    return base::fail(errors::damaged, "home.json was changed",
                      "restore it from a backup of this home");
  CLOISTER_TRY(UnlockedVault on_disk, load_vault(place_, credentials_));
  CLOISTER_TRY([[maybe_unused]] Standing standing, judge(place_, on_disk, *ledger_));
  return {};
}

}  // namespace cloister::vault
