// SPDX-License-Identifier: Apache-2.0
#include "journal.hpp"

#include "cloister/cell/errors.hpp"

#include <algorithm>
#include <array>

namespace cloister::cell {
namespace {

// A record: how many parts, their sizes, their bytes.
base::Bytes record_from(const wire::JupyterMessage& message) {
  wire::PackedMessage packed = wire::pack(message);
  base::Bytes record(4 * (packed.sizes.size() + 1));
  base::store_big_endian(record.data(), static_cast<std::uint32_t>(packed.sizes.size()));
  for (std::size_t i = 0; i < packed.sizes.size(); ++i)
    base::store_big_endian(record.data() + 4 * (i + 1), packed.sizes[i]);
  record.insert(record.end(), packed.bytes.begin(), packed.bytes.end());
  return record;
}

struct Parts {
  std::vector<std::uint32_t> sizes;
  base::ByteView bytes;
};

Parts parts_of(base::ByteView record) {
  Parts parts;
  auto number = base::load_big_endian<std::uint32_t>(record.data());
  for (std::size_t i = 1; i <= number; ++i)
    parts.sizes.push_back(base::load_big_endian<std::uint32_t>(record.data() + 4 * i));
  parts.bytes = record.subspan(4 * (number + std::size_t{1}));
  return parts;
}

}  // namespace

EntryKind kind_of(wire::Channel channel, std::string_view message_type) {
  if (channel != wire::Channel::iopub) return EntryKind::kept;
  if (message_type == "stream") return EntryKind::stream;
  constexpr std::array displays{"display_data", "update_display_data", "execute_result",
                                "comm_msg"};
  return std::ranges::find(displays, message_type) != displays.end() ? EntryKind::display
                                                                     : EntryKind::kept;
}

Journal::Journal(const JournalLimits& limits, std::unique_ptr<JournalFile> file,
                 std::uint64_t first_seq, std::function<void()> bell)
    : limits_(limits),
      file_(std::move(file)),
      bell_(std::move(bell)),
      next_seq_(first_seq),
      first_in_memory_(first_seq) {}

void Journal::append(wire::Channel channel, EntryKind kind, const wire::JupyterMessage& message) {
  base::Bytes record = record_from(message);
  {
    std::lock_guard lock(mutex_);
    Slot slot;
    slot.seq = slot.first = next_seq_;
    slot.time = clock_.now();
    slot.parent = std::hash<std::string>()(wire::read_parent_header(message.parent_header).id);
    slot.channel = channel;
    slot.kind = kind;
    // What is kept has a quarter more, then nothing is left to give.
    std::uint64_t hard = limits_.bytes + limits_.bytes / 4;
    bool disk_full = file_ && memory_bytes_ > 4 * limits_.memory_bytes;
    if (disk_full || bytes_ + record.size() > hard ||
        slots_.size() >= limits_.entries + limits_.entries / 4) {
      ++lost_;
      return;
    }
    ++next_seq_;
    add(slot, std::move(record));
    slots_.push_back(std::move(slot));
    if (bytes_ > limits_.bytes || slots_.size() > limits_.entries) reduce();
    spill();
  }
  if (bell_) bell_();
}

void Journal::add(Slot& slot, base::Bytes record) {
  slot.size = record.size();
  bytes_ += slot.size;
  memory_bytes_ += slot.size;
  slot.memory = std::make_shared<const base::Bytes>(std::move(record));
}

// In place of a run of entries.
Journal::Slot Journal::slot_for(std::span<const Slot> run, const wire::JupyterMessage& message) {
  Slot slot = run.back();
  slot.first = run.front().first;
  slot.kind = EntryKind::stream;
  slot.channel = wire::Channel::iopub;
  slot.place = {};
  slot.truncated = 0;
  add(slot, record_from(message));
  return slot;
}

std::size_t Journal::position_of(std::uint64_t seq) const {
  return static_cast<std::size_t>(
      std::ranges::lower_bound(slots_, seq, {}, [](const Slot& slot) { return slot.seq; }) -
      slots_.begin());
}

// The oldest go to the disk. A disk that takes nothing more leaves them in memory, and then the
// memory is all there is.
void Journal::spill() {
  if (memory_bytes_ <= limits_.memory_bytes || !file_) return;
  for (std::size_t i = position_of(first_in_memory_);
       i < slots_.size() && memory_bytes_ > limits_.memory_bytes; ++i) {
    Slot& slot = slots_[i];
    if (slot.memory) {
      auto place = file_->write(slot.seq, *slot.memory);
      if (!place) {
        limits_.bytes = std::max(bytes_, limits_.memory_bytes);
        return;
      }
      slot.place = *place;
      slot.memory.reset();
      memory_bytes_ -= slot.size;
    }
    first_in_memory_ = slot.seq + 1;
  }
}

base::Result<base::Bytes> Journal::record_of(const Slot& slot) {
  if (slot.memory) return *slot.memory;
  return file_->read(slot.seq, slot.place);
}

std::optional<wire::JupyterMessage> Journal::message_of(const Slot& slot) {
  auto record = record_of(slot);
  if (!record) return std::nullopt;
  Parts parts = parts_of(*record);
  auto message = wire::unpack(parts.sizes, parts.bytes);
  if (!message) return std::nullopt;
  return *std::move(message);
}

std::optional<JournalEntry> Journal::read(std::uint64_t from) {
  std::lock_guard lock(mutex_);
  for (std::size_t i = position_of(from); i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    auto record = record_of(slot);
    if (!record) {  // damaged: counted once each time that it is wanted, never delivered
      ++lost_;
      continue;
    }
    Parts parts = parts_of(*record);
    return JournalEntry{.seq = slot.seq,
                        .first = slot.first,
                        .channel = slot.channel,
                        .time = slot.time,
                        .sizes = std::move(parts.sizes),
                        .bytes = {parts.bytes.begin(), parts.bytes.end()}};
  }
  return std::nullopt;
}

void Journal::keep_apart(std::uint64_t seq) {
  std::lock_guard lock(mutex_);
  apart_at_ = seq;
}

JournalState Journal::state() {
  std::lock_guard lock(mutex_);
  return {.first_seq = slots_.empty() ? next_seq_ : slots_.front().first,
          .next_seq = next_seq_,
          .bytes = bytes_,
          .memory_bytes = memory_bytes_,
          .truncated_bytes = truncated_bytes_,
          .lost = lost_};
}

}  // namespace cloister::cell
