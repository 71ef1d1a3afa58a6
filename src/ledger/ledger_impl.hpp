// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/ledger/checkpoint.hpp"
#include "cloister/ledger/ledger.hpp"

#include "entry.hpp"
#include "files.hpp"
#include "log_index.hpp"
#include "log_writer.hpp"
#include "tree.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloister::ledger {

// Locks: `mutex_` guards what belongs to the checkpoint (tree, signed files, index) and is held
// while one is written; the writer has a lock of its own, so that appending goes on meanwhile.
// Taken in this order only.
class OpenLedger final : public Ledger {
 public:
  OpenLedger(Environment environment, io::Path folder, PublicKeys keys, Signed files, Tree tree,
             std::unique_ptr<LogWriter> writer, bool read_only);

  base::Result<std::uint64_t> append(const Entry& entry) override;
  base::Result<TreeHead> checkpoint(const EpochKey& key) override;
  base::Outcome begin_epoch(const EpochKey& current, const EpochKey& next) override;
  TreeHead head() const override;
  TreeHead checkpointed() const override;
  std::uint64_t checkpoints() const override;
  std::uint64_t epoch() const override;
  base::Result<crypto::Hash> root_at(std::uint64_t size) override;
  base::Result<std::vector<StoredEntry>> read(std::uint64_t from, std::uint64_t to,
                                              const crypto::BoxKeyPair& bodies) override;
  base::Result<VerifyReport> verify(const VerifyOptions& options) override;
  std::string checkpoint_text() const override;
  base::Result<boost::json::object> prove(std::uint64_t sequence,
                                          const crypto::BoxKeyPair& bodies) override;
  base::Outcome export_to(const crypto::BoxKeyPair& bodies, const Sink& sink) override;

 private:
  using Visit = std::function<base::Outcome(std::uint64_t sequence, const RecordView& record)>;

  base::Outcome check_key(const EpochKey& key, std::uint64_t epoch) const;
  // Tiles, checkpoint, removal of what they replace; with `mutex_` held.
  base::Result<TreeHead> write_checkpoint(const EpochKey& key);
  // Calls `visit` with the records [from, to), each compared with the tree; with `mutex_` held.
  base::Outcome visit_records(std::uint64_t from, std::uint64_t to, const Visit& visit);
  boost::json::object signed_keys() const;

  Environment environment_;
  io::Path folder_;
  PublicKeys keys_;
  bool read_only_;
  mutable std::mutex mutex_;
  Signed files_;
  Tree tree_;
  LogIndex index_;
  std::unique_ptr<LogWriter> writer_;
};

// The checks of verify over the log's first `log_limit` bytes; over all of it when nobody appends.
base::Result<VerifyReport> verify_files(Environment environment, const io::Path& folder,
                                        const PublicKeys& keys, const VerifyOptions& options,
                                        std::optional<std::uint64_t> log_limit);

}  // namespace cloister::ledger
