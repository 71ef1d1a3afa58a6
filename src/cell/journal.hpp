// SPDX-License-Identifier: Apache-2.0
// What a kernel said, in order, until somebody has read it, and after: bounded in memory and on the
// disk.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/wire/jupyter_message.hpp"

#include "journal_file.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cloister::cell {

struct JournalLimits {
  std::uint64_t memory_bytes = 8u << 20;
  std::uint64_t bytes = 1u << 30;  // in memory and on the disk together
  std::size_t entries = 2'000'000;
};

// What may happen to an entry when there is no room.
enum class EntryKind : std::uint8_t {
  kept,     // status, error, replies, input_request and whatever we do not know
  display,  // goes, and a line says how much went
  stream,   // is joined with its neighbours first
};
EntryKind kind_of(wire::Channel channel, std::string_view message_type);

struct JournalEntry {
  std::uint64_t seq = 0;
  std::uint64_t first = 0;  // less than seq: entries from there on were joined into this one
  wire::Channel channel = wire::Channel::iopub;
  base::WallTime time;
  std::vector<std::uint32_t> sizes;
  base::Bytes bytes;
};

struct JournalState {
  std::uint64_t first_seq = 0;
  std::uint64_t next_seq = 0;
  std::uint64_t bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t truncated_bytes = 0;
  std::uint64_t lost = 0;  // entries that had no room at all, or were changed on the disk
};

// Sequence numbers start at `first_seq` and have no gaps but those that joining leaves. Any thread.
class Journal {
 public:
  // `file` may be null: memory only. `bell` is rung after each append, outside the lock.
  Journal(const JournalLimits& limits, std::unique_ptr<JournalFile> file, std::uint64_t first_seq,
          std::function<void()> bell);

  void append(wire::Channel channel, EntryKind kind, const wire::JupyterMessage& message);
  // The first entry with this number or a later one.
  std::optional<JournalEntry> read(std::uint64_t from);
  // Entries before and from this number on are not joined: somebody has the ones and wants the
  // others.
  void keep_apart(std::uint64_t seq);
  JournalState state();

 private:
  struct Slot {
    std::uint64_t seq = 0;
    std::uint64_t first = 0;
    base::WallTime time;
    std::uint64_t size = 0;       // of the record
    std::uint64_t truncated = 0;  // more than 0: a line that says how much went
    std::uint64_t parent = 0;     // hash of the parent's id
    wire::Channel channel = wire::Channel::iopub;
    EntryKind kind = EntryKind::kept;
    std::shared_ptr<const base::Bytes> memory;  // null: it lies in the file
    JournalFile::Place place;
  };
  using Slots = std::vector<Slot>;

  void add(Slot& slot, base::Bytes record);
  void spill();
  void reduce();
  // One pass over [position, …) with room for about `batch` bytes; the position behind it.
  std::size_t rewrite(std::size_t position,
                      const std::function<Slots(std::span<const Slot>)>& change);
  Slots joined(std::span<const Slot> slots);
  Slots truncated(std::span<const Slot> slots);
  std::optional<Slot> join_run(std::span<const Slot> run);
  std::optional<Slot> truncate_run(std::span<const Slot> run);
  Slot slot_for(std::span<const Slot> run, const wire::JupyterMessage& message);
  base::Result<base::Bytes> record_of(const Slot& slot);
  std::optional<wire::JupyterMessage> message_of(const Slot& slot);
  std::size_t position_of(std::uint64_t seq) const;
  bool apart(const Slot& before, const Slot& after) const;

  JournalLimits limits_;
  std::unique_ptr<JournalFile> file_;
  std::function<void()> bell_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::mutex mutex_;  // guards all below
  std::deque<Slot> slots_;
  std::uint64_t next_seq_;
  std::uint64_t bytes_ = 0;
  std::uint64_t memory_bytes_ = 0;
  std::uint64_t first_in_memory_;     // everything from this number on lies in memory
  std::uint64_t joined_through_ = 0;  // entries before this number have been tried
  std::uint64_t truncated_through_ = 0;
  std::uint64_t apart_at_ = 0;
  std::uint64_t truncated_bytes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace cloister::cell
