// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"

#include "entry.hpp"

namespace cloister::ledger {
namespace {

constexpr std::size_t batch_bytes_max = 1u << 20;

}  // namespace

LogWriter::LogWriter(Environment environment, io::Descriptor file,
                     const crypto::BoxPublicKey& bodies, LogEnd end,
                     std::vector<crypto::Hash> uncovered, base::WallTime last_time)
    : environment_(environment),
      file_(std::move(file)),
      bodies_(bodies),
      end_(std::move(end)),
      uncovered_(std::move(uncovered)),
      last_time_(last_time) {}

base::Result<std::uint64_t> LogWriter::append(const Entry& entry) {
  CLOISTER_TRY_DO(check_entry(entry));
  Waiting mine;
  base::WallTime time;
  bool backwards = false;
  std::array<std::byte, salt_bytes> salt;
  {
    // Time and place in the log are taken together, so that times only fall when the clock did.
    std::lock_guard lock(mutex_);
    time = environment_.clock.now();
    backwards = time < last_time_;
    last_time_ = time;
    environment_.random.fill(salt);
    queue_.push_back(&mine);
  }
  // Sealing costs most of the processor time: outside the lock, on as many cores as there are.
  RecordContent content = seal_entry(canonical_text(entry, time, backwards), salt, bodies_);

  std::unique_lock lock(mutex_);
  mine.content = std::move(content);
  mine.sealed = true;
  while (!mine.result) {
    if (!leading_ && queue_.front()->sealed)
      lead(lock);
    else
      changed_.wait(lock);
  }
  return *std::move(mine.result);
}

// Writes the sealed entries at the front of the queue; called and left with the lock held.
void LogWriter::lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  std::vector<Waiting*> batch;
  std::size_t bytes = 0;
  while (!queue_.empty() && queue_.front()->sealed && bytes < batch_bytes_max) {
    bytes += record_overhead_bytes + queue_.front()->content.body.size();
    batch.push_back(queue_.front());
    queue_.pop_front();
  }
  LogEnd end = end_;
  std::vector<crypto::Hash> leaves;
  lock.unlock();
  base::Outcome written = write(batch, end, leaves);
  lock.lock();
  std::uint64_t sequence = end_.merkle.size();
  if (written) {
    end_ = std::move(end);
    uncovered_.insert(uncovered_.end(), leaves.begin(), leaves.end());
  }
  for (Waiting* waiting : batch) {
    if (written)
      waiting->result = sequence++;
    else
      waiting->result = std::unexpected(written.error());
  }
  leading_ = false;
  changed_.notify_all();
}

base::Outcome LogWriter::write(const std::vector<Waiting*>& batch, LogEnd& end,
                               std::vector<crypto::Hash>& leaves) {
  std::uint64_t start = end.bytes;
  base::Bytes bytes;
  for (const Waiting* waiting : batch) {
    end.link = encode_record(waiting->content, waiting == batch.front(), end.link, bytes);
    leaves.push_back(crypto::merkle_leaf(waiting->content.leaf_input));
    end.merkle.append(leaves.back());
  }
  end.bytes += bytes.size();

  io::Disk& disk = environment_.disk;
  if (tail_unclear_) CLOISTER_TRY_DO(disk.truncate(file_, start));
  tail_unclear_ = false;
  base::Outcome written = disk.write_at(file_, start, bytes);
  if (written) written = disk.sync(file_);
  // What nobody was told about must not stay: a shorter record after it would leave rubbish behind.
  if (!written) tail_unclear_ = !disk.truncate(file_, start);
  return written;
}

LogEnd LogWriter::end() const {
  std::lock_guard lock(mutex_);
  return end_;
}

std::pair<LogEnd, std::vector<crypto::Hash>> LogWriter::uncovered() const {
  std::lock_guard lock(mutex_);
  return {end_, uncovered_};
}

void LogWriter::covered(std::size_t count) {
  std::lock_guard lock(mutex_);
  uncovered_.erase(uncovered_.begin(), uncovered_.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace cloister::ledger
