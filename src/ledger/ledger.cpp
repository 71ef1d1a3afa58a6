// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/ledger.hpp"

#include "cloister/base/check.hpp"
#include "cloister/ledger/errors.hpp"

#include "ledger_impl.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::ledger {

OpenLedger::OpenLedger(Environment environment, io::Path folder, PublicKeys keys, Signed files,
                       Tree tree, std::unique_ptr<LogWriter> writer, bool read_only)
    : environment_(environment),
      folder_(std::move(folder)),
      keys_(std::move(keys)),
      read_only_(read_only),
      files_(std::move(files)),
      tree_(std::move(tree)),
      writer_(std::move(writer)) {
  index_.add(files_.checkpoint.head.size, files_.checkpoint.log_bytes);
}

base::Result<std::uint64_t> OpenLedger::append(const Entry& entry) {
  if (read_only_) return base::fail(errors::read_only, "the ledger was opened for reading only");
  return writer_->append(entry);
}

base::Outcome OpenLedger::check_key(const EpochKey& key, std::uint64_t epoch) const {
  if (read_only_) return base::fail(errors::read_only, "the ledger was opened for reading only");
  // SECURITY: a signature that nobody could verify is never written (test:
  // LedgerTest.OnlyTheKeyOfTheEpochSigns).
  if (key.epoch != epoch || key.epoch >= files_.epochs.keys.size() ||
      key.key.verify_key() != files_.epochs.keys[key.epoch])
    return base::fail(errors::wrong_key,
                      fmt::format("this is not the signing key of epoch {}", epoch));
  return {};
}

base::Result<TreeHead> OpenLedger::write_checkpoint(const EpochKey& key) {
  io::Disk& disk = environment_.disk;
  auto [end, leaves] = writer_->uncovered();
  CLOISTER_TRY(Edge edge, tree_.write_extension(leaves));
  TreeHead head{edge.size(), edge.merkle().root()};
  CLOISTER_CHECK(head.size == end.merkle.size() && head.root == end.merkle.root());
  Checkpoint next{keys_.origin, head,     files_.checkpoint.counter + 1, key.epoch,
                  end.bytes,    end.link, environment_.clock.now()};
  std::string note = sign_note(to_text(next), keys_.origin, key.key);
  CLOISTER_TRY_DO(io::replace_file(disk, folder_ / checkpoint_name, base::as_bytes(note)));
  files_.checkpoint = std::move(next);
  files_.checkpoint_file = std::move(note);
  writer_->covered(leaves.size());
  index_.add(head.size, end.bytes);
  CLOISTER_TRY_DO(tree_.adopt(std::move(edge)));
  return head;
}

base::Result<TreeHead> OpenLedger::checkpoint(const EpochKey& key) {
  std::lock_guard lock(mutex_);
  // After an interrupted change of the key either of the two may sign: the caller knows which it
  // stored.
  bool certified = files_.epochs.certificates.size() == files_.checkpoint.epoch + 1;
  bool next = certified && key.epoch == files_.checkpoint.epoch + 1;
  CLOISTER_TRY_DO(check_key(key, files_.checkpoint.epoch + (next ? 1 : 0)));
  if (!next && writer_->end().merkle.size() == files_.checkpoint.head.size)
    return files_.checkpoint.head;
  return write_checkpoint(key);
}

base::Outcome OpenLedger::begin_epoch(const EpochKey& current, const EpochKey& next) {
  std::lock_guard lock(mutex_);
  std::uint64_t epoch = files_.checkpoint.epoch;
  CLOISTER_TRY_DO(check_key(current, epoch));
  if (next.epoch != epoch + 1)
    return base::fail(errors::wrong_key, fmt::format("the next epoch is {}", epoch + 1));
  bool certified = files_.epochs.keys.size() == next.epoch + 1 &&
                   files_.epochs.keys.back() == next.key.verify_key();
  if (!certified) {
    LogEnd end = writer_->end();
    EpochCertificate certificate{
        keys_.origin, next.epoch, next.key.verify_key(), {end.merkle.size(), end.merkle.root()}};
    // A certificate that no checkpoint followed was for a key that the caller gave up: it goes.
    std::string file;
    std::string_view rest = files_.epochs_file;
    for (std::uint64_t kept = 0; kept < epoch; ++kept) {
      std::size_t end_of_note = rest.find('\n', rest.find("\n\n") + 2) + 1;
      file += rest.substr(0, end_of_note);
      rest.remove_prefix(end_of_note);
    }
    file += sign_note(to_text(certificate), keys_.origin, current.key);
    CLOISTER_TRY(EpochChain chain, verify_epochs(file, keys_));
    CLOISTER_TRY_DO(
        io::replace_file(environment_.disk, folder_ / epochs_name, base::as_bytes(file)));
    files_.epochs_file = std::move(file);
    files_.epochs = std::move(chain);
  }
  CLOISTER_TRY([[maybe_unused]] TreeHead head, write_checkpoint(next));
  return {};
}

TreeHead OpenLedger::head() const {
  LogEnd end = writer_->end();
  return {end.merkle.size(), end.merkle.root()};
}

TreeHead OpenLedger::checkpointed() const {
  std::lock_guard lock(mutex_);
  return files_.checkpoint.head;
}

std::uint64_t OpenLedger::checkpoints() const {
  std::lock_guard lock(mutex_);
  return files_.checkpoint.counter;
}

std::uint64_t OpenLedger::epoch() const {
  std::lock_guard lock(mutex_);
  return files_.checkpoint.epoch;
}

std::string OpenLedger::checkpoint_text() const {
  std::lock_guard lock(mutex_);
  return files_.checkpoint_file;
}

base::Result<crypto::Hash> OpenLedger::root_at(std::uint64_t size) {
  std::lock_guard lock(mutex_);
  auto [end, leaves] = writer_->uncovered();
  if (size > end.merkle.size())
    return base::fail(errors::no_such_entry,
                      fmt::format("the ledger has {} entries, not {}", end.merkle.size(), size));
  CLOISTER_TRY(crypto::MerkleEdge merkle, tree_.merkle_at(std::min(size, tree_.size())));
  for (std::size_t i = 0; merkle.size() < size; ++i) merkle.append(leaves[i]);
  return merkle.root();
}

base::Outcome OpenLedger::visit_records(std::uint64_t from, std::uint64_t to, const Visit& visit) {
  auto [end, leaves] = writer_->uncovered();
  if (from > to || to > end.merkle.size())
    return base::fail(errors::no_such_entry,
                      fmt::format("the ledger has {} entries", end.merkle.size()));
  if (from == to) return {};
  index_.add(end.merkle.size(), end.bytes);
  CLOISTER_TRY(std::uint64_t offset, index_.offset_of(writer_->file(), from));
  constexpr std::size_t window_bytes = 1u << 20;
  base::Bytes buffer;
  std::size_t at = 0;
  for (std::uint64_t sequence = from; sequence < to; ++sequence) {
    if (buffer.size() - at < record_overhead_bytes + body_bytes_max) {
      offset += at;
      at = 0;
      auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, end.bytes - offset));
      CLOISTER_TRY(buffer, io::read_at(writer_->file(), offset, wanted));
    }
    RecordView record;
    const char* problem = parse_record(base::ByteView(buffer).subspan(at), record);
    if (problem != nullptr)
      return base::fail(errors::damaged,
                        fmt::format("ledger/log: {} (entry {})", problem, sequence));
    crypto::Hash expected{};
    if (sequence < tree_.size()) {
      CLOISTER_TRY(expected, tree_.leaf(sequence));
    } else {
      expected = leaves[sequence - tree_.size()];
    }
    // SECURITY: nothing is shown that the tree does not hold at just this place (test:
    // OpeningTampered.ReadingNoticesAnExchangedRecord).
    if (crypto::merkle_leaf(record.leaf_input) != expected)
      return base::fail(errors::damaged,
                        fmt::format("ledger/log: entry {} is not the one in the tree", sequence));
    CLOISTER_TRY_DO(visit(sequence, record));
    at += record.size;
  }
  return {};
}

base::Result<std::vector<StoredEntry>> OpenLedger::read(std::uint64_t from, std::uint64_t to,
                                                        const crypto::BoxKeyPair& bodies) {
  std::lock_guard lock(mutex_);
  std::vector<StoredEntry> entries;
  CLOISTER_TRY_DO(visit_records(
      from, to, [&](std::uint64_t sequence, const RecordView& record) -> base::Outcome {
        CLOISTER_TRY(OpenedEntry opened,
                     open_entry(record.leaf_input, record.body, bodies, sequence));
        entries.push_back(std::move(opened.stored));
        return {};
      }));
  return entries;
}

base::Result<VerifyReport> OpenLedger::verify(const VerifyOptions& options) {
  std::lock_guard lock(mutex_);
  return verify_files(environment_, folder_, keys_, options, writer_->end().bytes);
}

}  // namespace cloister::ledger
