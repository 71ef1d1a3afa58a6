// SPDX-License-Identifier: Apache-2.0
// Appends to ledger/log: entries of many threads share one write and one fdatasync.
#pragma once

#include "cloister/crypto/merkle.hpp"
#include "cloister/ledger/ledger.hpp"
#include "cloister/ledger/record.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace cloister::ledger {

// Where the log ends, durably.
struct LogEnd {
  std::uint64_t bytes = 0;
  crypto::Hash link{};
  crypto::MerkleEdge merkle;  // of everything appended
};

// Thread-safe. Whoever finds no leader writes for everybody who waits; each append returns only
// after the sync that covers it. No waiting but for the disk and for entries that other threads are
// just sealing.
class LogWriter {
 public:
  // `uncovered` are the leaves after the last checkpoint, `last_time` the latest time known.
  LogWriter(Environment environment, io::Descriptor file, const crypto::BoxPublicKey& bodies,
            LogEnd end, std::vector<crypto::Hash> uncovered, base::WallTime last_time);

  base::Result<std::uint64_t> append(const Entry& entry);

  const io::Descriptor& file() const { return file_; }
  LogEnd end() const;
  // Leaves after the last checkpoint, and the end that they lead to.
  std::pair<LogEnd, std::vector<crypto::Hash>> uncovered() const;
  // A checkpoint covers the first `count` of them now.
  void covered(std::size_t count);

 private:
  struct Waiting {
    RecordContent content;
    bool sealed = false;
    std::optional<base::Result<std::uint64_t>> result;
  };

  void lead(std::unique_lock<std::mutex>& lock);
  base::Outcome write(const std::vector<Waiting*>& batch, LogEnd& end,
                      std::vector<crypto::Hash>& leaves);

  Environment environment_;
  io::Descriptor file_;
  crypto::BoxPublicKey bodies_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting*> queue_;  // at most one entry of each thread that is inside append
  bool leading_ = false;
  LogEnd end_;
  std::vector<crypto::Hash> uncovered_;
  base::WallTime last_time_;
  bool tail_unclear_ = false;  // only the leader touches it: a failed write could not be taken back
};

}  // namespace cloister::ledger
