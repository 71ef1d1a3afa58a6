// SPDX-License-Identifier: Apache-2.0
// Reads every byte of a ledger and says what does not fit. Shares the parsers with the rest, but
// computes the tree anew from the log.
#include "cloister/io/errors.hpp"
#include "cloister/ledger/errors.hpp"

#include "ledger_impl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cloister::ledger {
namespace {

class Verification {
 public:
  Verification(Environment environment, const io::Path& folder, const PublicKeys& keys,
               const VerifyOptions& options)
      : disk_(environment.disk), folder_(folder), keys_(keys), options_(options) {}

  base::Result<VerifyReport> run(std::optional<std::uint64_t> log_limit);

 private:
  // The first problem is told; of all, the lowest entry.
  void note(std::string problem, std::int64_t entry = -1) {
    if (report_.problem.empty()) report_.problem = std::move(problem);
    if (entry >= 0 && (report_.first_bad < 0 || entry < report_.first_bad))
      report_.first_bad = entry;
  }
  // True when `outcome` is fine; damage is noted; other errors end the verification.
  base::Result<bool> fine(const base::Outcome& outcome) {
    if (outcome) return true;
    if (outcome.error().kind != base::Kind::integrity) return std::unexpected(outcome.error());
    note(outcome.error().message);
    return false;
  }

  base::Outcome check(std::optional<std::uint64_t> log_limit);
  void check_names(const std::vector<std::string>& names);
  void check_epochs();
  base::Outcome check_against();
  base::Outcome check_log(const io::Descriptor& log, std::uint64_t limit);
  base::Outcome check_pending(const io::Descriptor& log, std::uint64_t limit);
  base::Outcome check_record(const RecordView& record, std::uint64_t sequence);
  base::Outcome check_tile(const TileId& tile, const Hashes& computed);
  void check_heads();

  io::Disk& disk_;
  const io::Path& folder_;
  const PublicKeys& keys_;
  const VerifyOptions& options_;
  VerifyReport report_;
  Signed files_;
  Edge edge_;
  std::vector<std::pair<TreeHead, std::string>> heads_;  // to be met on the way, by size
  std::size_t heads_met_ = 0;
  base::WallTime last_time_ = base::WallTime::min();
};

// The folder holds what the checkpoint's tree needs and nothing else.
void Verification::check_names(const std::vector<std::string>& names) {
  std::uint64_t size = files_.checkpoint.head.size;
  std::uint64_t tiles = 0;
  std::set<std::string, std::less<>> needed;
  for (const std::string& name : names) {
    auto tile = parse_tile_path(name);
    if (!tile || !tile_belongs(*tile, size)) continue;
    ++tiles;
    for (std::size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1))
      needed.insert(name.substr(0, slash + 1));
  }
  for (const std::string& name : names) {
    if (name == log_name || name == checkpoint_name || name == epochs_name) continue;
    auto tile = parse_tile_path(name);
    if (name.ends_with('/') ? needed.contains(name) : tile && tile_belongs(*tile, size)) continue;
    note(
        fmt::format("ledger/{} does not belong to the ledger (or a crash left it: the next unlock "
                    "removes it)",
                    name));
  }
  if (tiles != tile_count(size))
    note(fmt::format("{} of {} hash tiles are there", tiles, tile_count(size)));
}

void Verification::check_epochs() {
  if (files_.epochs.certificates.size() > files_.checkpoint.epoch)
    note(
        "ledger/epochs certifies a key that has signed nothing (or a crash interrupted the change "
        "of the key: the next unlock finishes it)");
  for (const EpochCertificate& certificate : files_.epochs.certificates)
    if (certificate.epoch <= files_.checkpoint.epoch)
      heads_.push_back({certificate.begin,
                        fmt::format("epoch {} began with another history", certificate.epoch)});
}

base::Outcome Verification::check_against() {
  auto kept = verify_kept_checkpoint(options_.against, keys_, files_.epochs);
  if (!kept && kept.error().is(errors::bad_note))
    return base::fail(errors::bad_checkpoint, "the file is not a checkpoint of a ledger",
                      "give a file that `cloister ledger checkpoint --out` wrote");
  if (!kept) {
    note("the checkpoint that was kept: " + kept.error().message);
    return {};
  }
  if (kept->head.size > files_.checkpoint.head.size || kept->counter > files_.checkpoint.counter ||
      kept->epoch > files_.checkpoint.epoch)
    note(fmt::format("the ledger is older than the checkpoint that was kept (of {} entries)",
                     kept->head.size),
         static_cast<std::int64_t>(std::min(kept->head.size, files_.checkpoint.head.size)));
  else
    heads_.push_back({kept->head, "the checkpoint that was kept is of another history"});
  return {};
}

void Verification::check_heads() {
  for (; heads_met_ < heads_.size() && heads_[heads_met_].first.size == edge_.size(); ++heads_met_)
    if (heads_[heads_met_].first.root != edge_.merkle().root()) note(heads_[heads_met_].second);
}

base::Outcome Verification::check_tile(const TileId& tile, const Hashes& computed) {
  auto stored = read_tile(disk_, folder_, tile);
  CLOISTER_TRY(bool usable, fine(stored ? base::Outcome{} : std::unexpected(stored.error())));
  if (!usable || *stored == computed) return {};
  auto differs = std::ranges::mismatch(*stored, computed).in1 - stored->begin();
  std::uint64_t first = (tile.index * tile_width + static_cast<std::uint64_t>(differs))
                        << (tile_height * tile.level);
  note(fmt::format("ledger/{} does not fit the entries", tile_path(tile)),
       static_cast<std::int64_t>(first));
  return {};
}

base::Outcome Verification::check_record(const RecordView& record, std::uint64_t sequence) {
  if (options_.stop.stop_requested()) return base::fail(io::errors::cancelled, "stopped");
  if (options_.progress && sequence % 4096 == 0)
    options_.progress(sequence, files_.checkpoint.head.size);
  if (options_.bodies == nullptr) return {};
  auto opened = open_entry(record.leaf_input, record.body, *options_.bodies, sequence);
  if (!opened) {
    note(fmt::format("entry {}: {}", sequence, opened.error().message),
         static_cast<std::int64_t>(sequence));
    return {};
  }
  ++report_.bodies_opened;
  if (opened->stored.time < last_time_ || opened->stored.clock_backwards) ++report_.clock_backwards;
  last_time_ = opened->stored.time;
  return {};
}

base::Outcome Verification::check_log(const io::Descriptor& log, std::uint64_t limit) {
  const Checkpoint& checkpoint = files_.checkpoint;
  LogScanner scanner(log, 0, std::min(limit, checkpoint.log_bytes), first_link(keys_.origin));
  base::Outcome outcome;
  check_heads();
  while (edge_.size() < checkpoint.head.size) {
    auto sequence = static_cast<std::int64_t>(edge_.size());
    CLOISTER_TRY(Scan scan, scanner.next());
    if (scan != Scan::record) {
      note(fmt::format("ledger/log: {} (entry {})",
                       scan == Scan::end ? "it ends too early" : scanner.problem(), sequence),
           sequence);
      return {};
    }
    CLOISTER_TRY_DO(check_record(scanner.record(), edge_.size()));
    crypto::Hash leaf = crypto::merkle_leaf(scanner.record().leaf_input);
    edge_.append({&leaf, 1}, [&](const TileId& tile, const Hashes& hashes) {
      if (outcome) outcome = check_tile(tile, hashes);
    });
    CLOISTER_TRY_DO(outcome);
    check_heads();
  }
  for (const TileId& tile : partial_tiles(edge_.size()))
    CLOISTER_TRY_DO(check_tile(tile, edge_.partial(tile.level)));
  report_.root = edge_.merkle().root();
  if (report_.root != checkpoint.head.root) note("the entries do not lead to the signed root");
  if (scanner.offset() != checkpoint.log_bytes || scanner.link() != checkpoint.link)
    note("ledger/log is not the file that the checkpoint covers");
  if (heads_met_ != heads_.size()) note("a signed tree head lies beyond the entries");
  return {};
}

// What was appended after the checkpoint: whole entries are fine, anything else is not.
base::Outcome Verification::check_pending(const io::Descriptor& log, std::uint64_t limit) {
  const Checkpoint& checkpoint = files_.checkpoint;
  if (limit < checkpoint.log_bytes) return {};  // noted by check_log
  LogScanner after(log, checkpoint.log_bytes, limit, checkpoint.link);
  while (true) {
    CLOISTER_TRY(Scan scan, after.next());
    if (scan == Scan::end) return {};
    std::uint64_t sequence = checkpoint.head.size + report_.pending;
    if (scan == Scan::bad) {
      note(
          fmt::format("ledger/log ends with bytes that are no entry: {} (or a crash left them: the "
                      "next unlock removes them)",
                      after.problem()),
          static_cast<std::int64_t>(sequence));
      return {};
    }
    CLOISTER_TRY_DO(check_record(after.record(), sequence));
    ++report_.pending;
  }
}

base::Outcome Verification::check(std::optional<std::uint64_t> log_limit) {
  if (!io::exists(folder_)) {
    note("the ledger is missing", 0);
    return {};
  }
  auto names = list_tree(folder_);
  CLOISTER_TRY(bool plain, fine(names ? base::Outcome{} : std::unexpected(names.error())));
  if (!plain) return {};
  auto files = read_signed(disk_, folder_, keys_);
  CLOISTER_TRY(bool usable, fine(files ? base::Outcome{} : std::unexpected(files.error())));
  if (!usable) return {};
  files_ = *std::move(files);
  report_.checkpoint = files_.checkpoint_file;
  report_.checkpoints = files_.checkpoint.counter;
  report_.epoch = files_.checkpoint.epoch;
  report_.entries = files_.checkpoint.head.size;
  check_names(*names);
  check_epochs();
  if (!options_.against.empty()) CLOISTER_TRY_DO(check_against());
  std::ranges::sort(heads_, {}, [](const auto& head) { return head.first.size; });

  auto log = disk_.open_read(folder_ / log_name);
  if (!log && log.error().is(io::errors::not_found)) {
    note("ledger/log is missing", 0);
    return {};
  }
  if (!log) return std::unexpected(log.error());
  CLOISTER_TRY(std::uint64_t size, io::size_of(*log));
  CLOISTER_TRY_DO(check_log(*log, std::min(size, log_limit.value_or(size))));
  return check_pending(*log, std::min(size, log_limit.value_or(size)));
}

base::Result<VerifyReport> Verification::run(std::optional<std::uint64_t> log_limit) {
  base::Outcome outcome = check(log_limit);
  // A file that cannot even be read does not hide what was found before it.
  bool found = !report_.problem.empty() && (outcome || outcome.error().is(io::errors::system));
  if (!outcome && !found) return std::unexpected(outcome.error());
  report_.ok = report_.problem.empty();
  return report_;
}

}  // namespace

base::Result<VerifyReport> verify_files(Environment environment, const io::Path& folder,
                                        const PublicKeys& keys, const VerifyOptions& options,
                                        std::optional<std::uint64_t> log_limit) {
  return Verification(environment, folder, keys, options).run(log_limit);
}

}  // namespace cloister::ledger
