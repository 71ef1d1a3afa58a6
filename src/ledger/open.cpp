// SPDX-License-Identifier: Apache-2.0
// Creating and opening a ledger, and repairing what a crash left.
#include "cloister/base/check.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/ledger/errors.hpp"

#include "ledger_impl.hpp"

#include <fmt/format.h>

namespace cloister::ledger {
namespace {

std::unexpected<base::Error> damaged(std::string message) {
  return base::fail(errors::damaged, std::move(message),
                    "run `cloister ledger verify` to see what does not fit");
}

struct Tail {
  LogEnd end;
  Hashes uncovered;
  bool torn = false;
};

// Reads what follows the checkpoint in the log.
base::Result<Tail> read_tail(const io::Descriptor& log, const Checkpoint& checkpoint,
                             const Tree& tree) {
  CLOISTER_TRY(std::uint64_t size, io::size_of(log));
  if (size < checkpoint.log_bytes)
    return damaged(fmt::format("ledger/log ends at {} bytes; the checkpoint covers {}", size,
                               checkpoint.log_bytes));
  Tail tail;
  tail.end.merkle = tree.edge().merkle();
  LogScanner scanner(log, checkpoint.log_bytes, size, checkpoint.link);
  while (true) {
    CLOISTER_TRY(Scan scan, scanner.next());
    if (scan == Scan::record) {
      tail.uncovered.push_back(crypto::merkle_leaf(scanner.record().leaf_input));
      tail.end.merkle.append(tail.uncovered.back());
      continue;
    }
    tail.torn = scan == Scan::bad;
    break;
  }
  tail.end.bytes = scanner.offset();
  tail.end.link = scanner.link();
  if (tail.torn) {
    CLOISTER_TRY(bool acknowledged, later_batch_exists(log, scanner.offset(), size));
    if (acknowledged)
      return damaged(
          fmt::format("ledger/log: {} (entry {})", scanner.problem(), tail.end.merkle.size()));
  }
  return tail;
}

base::Outcome remove_leftovers(io::Disk& disk, const io::Path& folder, Tree& tree) {
  for (const char* name : {checkpoint_name, epochs_name})
    if (io::Path beside = folder / (std::string(name) + ".new"); io::exists(beside))
      CLOISTER_TRY_DO(disk.remove(beside));
  return tree.remove_strays();
}

base::Result<std::unique_ptr<Ledger>> open_ledger(Environment environment, const io::Path& folder,
                                                  const PublicKeys& keys, bool read_only) {
  io::Disk& disk = environment.disk;
  CLOISTER_TRY(Signed files, read_signed(disk, folder, keys));
  CLOISTER_TRY(Tree tree, Tree::load(disk, folder, files.checkpoint.head.size));
  // SECURITY: the tiles are believed only because their root is the signed one (test:
  // OpeningTampered.OpeningRefusesAChangedEdgeTile).
  if (tree.root() != files.checkpoint.head.root)
    return damaged("the hash tiles do not lead to the checkpoint's root");
  if (!io::exists(folder / log_name)) return damaged("ledger/log is missing");
  CLOISTER_TRY(io::Descriptor log, read_only ? disk.open_read(folder / log_name)
                                             : disk.open_write(folder / log_name, 0600));
  CLOISTER_TRY(Tail tail, read_tail(log, files.checkpoint, tree));
  if (!read_only) {
    if (tail.torn) {
      CLOISTER_TRY_DO(disk.truncate(log, tail.end.bytes));
      CLOISTER_TRY_DO(disk.sync(log));
    }
    CLOISTER_TRY_DO(remove_leftovers(disk, folder, tree));
  }
  base::WallTime last_time = files.checkpoint.time;
  auto writer =
      std::make_unique<LogWriter>(environment, std::move(log), keys.bodies, std::move(tail.end),
                                  std::move(tail.uncovered), last_time);
  return std::make_unique<OpenLedger>(environment, folder, keys, std::move(files), std::move(tree),
                                      std::move(writer), read_only);
}

}  // namespace

base::Outcome Ledger::create(Environment environment, const io::Path& folder,
                             const PublicKeys& keys, const EpochKey& first) {
  io::Disk& disk = environment.disk;
  CLOISTER_CHECK(first.epoch == 0 && first.key.verify_key() == keys.first_epoch);
  CLOISTER_CHECK(is_key_name(keys.origin));
  CLOISTER_TRY_DO(disk.make_folder(folder, 0700));
  CLOISTER_TRY(std::vector<std::string> names, io::list_folder(folder));
  for (const std::string& name : names)
    if (name != log_name && name != std::string(checkpoint_name) + ".new")
      return base::fail(errors::exists, "there is a ledger already");
  CLOISTER_TRY(io::Descriptor log, disk.open_write(folder / log_name, 0600));
  CLOISTER_TRY(std::uint64_t size, io::size_of(log));
  if (size != 0) return base::fail(errors::exists, "there is a ledger already");
  CLOISTER_TRY_DO(disk.sync(log));
  Checkpoint empty{keys.origin,
                   {0, crypto::MerkleEdge{}.root()},
                   1,
                   0,
                   0,
                   first_link(keys.origin),
                   environment.clock.now()};
  std::string note = sign_note(to_text(empty), keys.origin, first.key);
  CLOISTER_TRY_DO(io::replace_file(disk, folder / checkpoint_name, base::as_bytes(note)));
  return disk.sync_folder(folder.parent_path());
}

base::Result<std::unique_ptr<Ledger>> Ledger::open(Environment environment, const io::Path& folder,
                                                   const PublicKeys& keys) {
  return open_ledger(environment, folder, keys, false);
}

base::Result<std::unique_ptr<Ledger>> Ledger::open_read_only(Environment environment,
                                                             const io::Path& folder,
                                                             const PublicKeys& keys) {
  return open_ledger(environment, folder, keys, true);
}

base::Result<VerifyReport> Ledger::verify_folder(Environment environment, const io::Path& folder,
                                                 const PublicKeys& keys,
                                                 const VerifyOptions& options) {
  return verify_files(environment, folder, keys, options, std::nullopt);
}

}  // namespace cloister::ledger
