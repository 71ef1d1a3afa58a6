// SPDX-License-Identifier: Apache-2.0
// How a journal makes room: texts of one stream become one message, then the oldest displays become
// a line that says how much went.
#include "cloister/wire/json.hpp"

#include "journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace cloister::cell {
namespace {

namespace json = wire::json;

constexpr std::uint64_t batch_bytes_max = 4u << 20;
constexpr std::uint64_t batches_min = 16;  // so many make a journal: no more goes than must
constexpr std::uint64_t joined_bytes_max = 1u << 20;
constexpr std::uint64_t line_bytes = 700;  // about what the line in place of outputs costs

struct Text {
  std::string name;
  std::string text;
};

std::optional<Text> text_of(const wire::JupyterMessage& message) {
  auto object = wire::parse_json_object(base::as_text(message.content));
  if (!object) return std::nullopt;
  auto name = wire::text_field(*object, "name");
  auto text = wire::text_field(*object, "text");
  if (!name || !text || object->size() != 2 || !message.buffers.empty()) return std::nullopt;
  return Text{.name = *std::move(name), .text = *std::move(text)};
}

}  // namespace

// Entries on both sides of where a reader stands stay apart.
bool Journal::apart(const Slot& before, const Slot& after) const {
  return before.parent != after.parent || (before.seq < apart_at_ && after.seq >= apart_at_);
}

void Journal::reduce() {
  auto enough = [this] {
    return bytes_ <= limits_.bytes - limits_.bytes / 8 &&
           slots_.size() <= limits_.entries - limits_.entries / 8;
  };
  auto pass = [&](std::uint64_t& through, auto change) {
    std::size_t position = position_of(through);
    while (!enough() && position < slots_.size()) {
      position = rewrite(position, change);
      through = position < slots_.size() ? slots_[position].seq : next_seq_;
    }
  };
  pass(joined_through_, [this](std::span<const Slot> slots) { return joined(slots); });
  pass(truncated_through_, [this](std::span<const Slot> slots) { return truncated(slots); });
  first_in_memory_ = next_seq_;  // the rewritten lie wherever they lie
  for (const Slot& slot : slots_)
    if (slot.memory) {
      first_in_memory_ = slot.seq;
      break;
    }
}

std::size_t Journal::rewrite(std::size_t position,
                             const std::function<Slots(std::span<const Slot>)>& change) {
  std::uint64_t batch_bytes = std::min(limits_.bytes / batches_min, batch_bytes_max);
  std::size_t end = position;
  std::uint64_t bytes = 0;
  while (end < slots_.size() && bytes <= batch_bytes) bytes += slots_[end++].size;
  auto at = [this](std::size_t i) { return slots_.begin() + static_cast<std::ptrdiff_t>(i); };
  Slots old(at(position), at(end));
  Slots now = change(old);
  // What was replaced gives its room back; the new ones lie in memory and are spilled like others.
  std::vector<JournalFile::Place> gone;
  auto kept = now.begin();
  for (const Slot& slot : old) {
    while (kept != now.end() && kept->seq < slot.seq) ++kept;
    if (kept != now.end() && kept->seq == slot.seq && kept->first == slot.first &&
        kept->truncated == slot.truncated)
      continue;
    bytes_ -= slot.size;
    if (slot.memory)
      memory_bytes_ -= slot.size;
    else
      gone.push_back(slot.place);
  }
  std::size_t size = now.size();
  std::copy(std::move_iterator(now.begin()), std::move_iterator(now.end()), at(position));
  slots_.erase(at(position + size), at(end));
  if (file_) file_->forget(std::move(gone));
  return position + size;
}

Journal::Slots Journal::joined(std::span<const Slot> slots) {
  Slots result;
  for (std::size_t i = 0; i < slots.size();) {
    std::size_t end = i + 1;
    std::uint64_t size = slots[i].size;
    while (end < slots.size() && slots[i].kind == EntryKind::stream &&
           slots[end].kind == EntryKind::stream && !apart(slots[end - 1], slots[end]) &&
           slots[i].truncated == 0 && slots[end].truncated == 0 &&
           size + slots[end].size <= joined_bytes_max)
      size += slots[end++].size;
    std::optional<Slot> one;
    if (end - i > 1) one = join_run(slots.subspan(i, end - i));
    if (one)
      result.push_back(*std::move(one));
    else
      result.insert(result.end(), slots.begin() + static_cast<std::ptrdiff_t>(i),
                    slots.begin() + static_cast<std::ptrdiff_t>(end));
    i = end;
  }
  return result;
}

// One message for texts of one stream and one parent; nothing when they are not.
std::optional<Journal::Slot> Journal::join_run(std::span<const Slot> run) {
  std::optional<wire::JupyterMessage> whole;
  Text all;
  std::string parent;
  for (const Slot& slot : run) {
    auto message = message_of(slot);
    auto text = message ? text_of(*message) : std::nullopt;
    if (!text) return std::nullopt;
    std::string id = wire::read_parent_header(message->parent_header).id;
    if (!whole) {
      whole = std::move(message);
      all.name = text->name;
      parent = id;
    }
    if (text->name != all.name || id != parent) return std::nullopt;
    all.text += text->text;
  }
  whole->content =
      base::to_bytes(json::serialize(json::object{{"name", all.name}, {"text", all.text}}));
  return slot_for(run, *whole);
}

Journal::Slots Journal::truncated(std::span<const Slot> slots) {
  Slots result;
  for (std::size_t i = 0; i < slots.size();) {
    std::size_t end = i + 1;
    std::uint64_t size = slots[i].size;
    while (end < slots.size() && slots[i].kind != EntryKind::kept &&
           slots[end].kind != EntryKind::kept && !apart(slots[end - 1], slots[end]))
      size += slots[end++].size;
    std::optional<Slot> line;
    bool worth = slots[i].kind != EntryKind::kept && size > 2 * line_bytes &&
                 (end - i > 1 || slots[i].truncated == 0);
    if (worth) line = truncate_run(slots.subspan(i, end - i));
    if (line)
      result.push_back(*std::move(line));
    else
      result.insert(result.end(), slots.begin() + static_cast<std::ptrdiff_t>(i),
                    slots.begin() + static_cast<std::ptrdiff_t>(end));
    i = end;
  }
  return result;
}

std::optional<Journal::Slot> Journal::truncate_run(std::span<const Slot> run) {
  auto sample = message_of(run.front());
  if (!sample) return std::nullopt;
  std::uint64_t gone = 0;
  for (const Slot& slot : run) {
    gone += slot.truncated > 0 ? slot.truncated : slot.size;
    if (slot.truncated == 0) truncated_bytes_ += slot.size;
  }
  auto header = wire::read_header(sample->header);
  wire::Synthesis from{.session = header ? header->session : "", .why = "truncated"};
  std::string text = fmt::format(
      "\n[Cloister left out {} bytes of output here: this kernel's journal is full]\n", gone);
  Slot line =
      slot_for(run, wire::stream_message(from, "stderr", text, std::move(sample->parent_header),
                                         clock_, random_));
  line.truncated = gone;
  return line;
}

}  // namespace cloister::cell
