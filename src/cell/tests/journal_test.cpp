// SPDX-License-Identifier: Apache-2.0
#include "journal.hpp"

#include "cloister/crypto/aead.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/io/sealed_memory.hpp"
#include "cloister/wire/json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

base::SecretBytes key(std::uint64_t seed = 1) {
  base::SeededRandom random(seed);
  return crypto::new_key(random);
}

std::unique_ptr<JournalFile> file() {
  return std::make_unique<JournalFile>(*io::create_memory_file("journal"), key());
}

wire::JupyterMessage message(std::string_view type, const std::string& content,
                             const std::string& parent = "p") {
  base::ManualClock clock;
  base::SeededRandom random(2);
  return wire::synthesise({.session = "s", .why = "test"}, type, content,
                          base::to_bytes(fmt::format(R"({{"msg_id":"{}"}})", parent)), clock,
                          random);
}

void stream(Journal& journal, const std::string& text, const std::string& parent = "p") {
  wire::json::object content{{"name", "stdout"}, {"text", text}};
  journal.append(wire::Channel::iopub, EntryKind::stream,
                 message("stream", wire::json::serialize(content), parent));
}

void display(Journal& journal, std::size_t bytes, const std::string& parent = "p") {
  journal.append(
      wire::Channel::iopub, EntryKind::display,
      message("display_data", fmt::format(R"({{"x":"{}"}})", std::string(bytes, 'x')), parent));
}

void status(Journal& journal) {
  journal.append(wire::Channel::iopub, EntryKind::kept,
                 message("status", R"({"execution_state":"idle"})"));
}

struct Read {
  std::uint64_t seq;
  std::uint64_t first;
  std::string type;
  std::string content;
};

std::vector<Read> read_all(Journal& journal, std::uint64_t from = 0) {
  std::vector<Read> all;
  while (auto entry = journal.read(from)) {
    auto parts = wire::unpack(entry->sizes, entry->bytes);
    EXPECT_TRUE(parts);
    all.push_back({.seq = entry->seq,
                   .first = entry->first,
                   .type = wire::read_header(parts->header)->type,
                   .content = std::string(base::as_text(parts->content))});
    from = entry->seq + 1;
  }
  return all;
}

std::string text_of(const std::vector<Read>& entries) {
  std::string text;
  for (const Read& entry : entries)
    if (entry.type == "stream")
      text += wire::text_or(*wire::parse_json_object(entry.content), "text", "");
  return text;
}

TEST(Journal, KeepsOrderInMemoryAndOnDisk) {
  int rung = 0;
  Journal journal({.memory_bytes = 2000, .bytes = 1u << 20}, file(), 5, [&] { ++rung; });
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    stream(journal, fmt::format("{},", i));
    expected += fmt::format("{},", i);
  }
  EXPECT_EQ(rung, 200);
  EXPECT_LE(journal.state().memory_bytes, 2000u);
  EXPECT_EQ(journal.state().first_seq, 5u);
  EXPECT_EQ(journal.state().next_seq, 205u);
  auto entries = read_all(journal);
  ASSERT_EQ(entries.size(), 200u);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].seq, i + 5);
  EXPECT_EQ(text_of(entries), expected);
  EXPECT_EQ(read_all(journal, 204).size(), 1u);
  EXPECT_FALSE(journal.read(205));
}

TEST(Journal, JoinsTextsBeforeItLosesAnything) {
  Journal journal({.memory_bytes = 10'000, .bytes = 60'000}, file(), 0, {});
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    std::string parent = i < 1000 ? "a" : "b";
    stream(journal, fmt::format("{}\n", i), parent);
    expected += fmt::format("{}\n", i);
  }
  status(journal);
  auto entries = read_all(journal);
  EXPECT_LT(entries.size(), 400u);
  EXPECT_EQ(text_of(entries), expected);
  EXPECT_EQ(journal.state().truncated_bytes, 0u);
  EXPECT_LE(journal.state().bytes, 61'000u);
  std::uint64_t next = 0;
  for (const Read& entry : entries) {
    EXPECT_EQ(entry.first, next);
    next = entry.seq + 1;
  }
  EXPECT_EQ(next, 2001u);
}

TEST(Journal, DoesNotJoinWhatAReaderHasWithWhatItWants) {
  Journal journal({.memory_bytes = 10'000, .bytes = 30'000}, file(), 0, {});
  for (int i = 0; i < 40; ++i) stream(journal, "x");
  journal.keep_apart(20);
  for (int i = 0; i < 400; ++i) stream(journal, "y");
  bool split = false;
  for (const Read& entry : read_all(journal)) {
    EXPECT_FALSE(entry.first < 20 && entry.seq >= 20) << entry.first << " " << entry.seq;
    split |= entry.first == 20;
  }
  EXPECT_TRUE(split);
}

TEST(Journal, TheOldestDisplaysBecomeALine) {
  Journal journal({.memory_bytes = 20'000, .bytes = 200'000}, file(), 0, {});
  for (int i = 0; i < 100; ++i) {
    display(journal, 10'000, fmt::format("p{}", i / 10));
    if (i % 10 == 9) status(journal);
  }
  auto entries = read_all(journal);
  EXPECT_EQ(std::ranges::count(entries, "status", &Read::type), 10);
  EXPECT_EQ(entries.front().type, "stream");
  EXPECT_NE(entries.front().content.find("left out"), std::string::npos);
  EXPECT_EQ(entries.back().type, "status");
  EXPECT_EQ(entries[entries.size() - 2].type, "display_data");
  EXPECT_GT(journal.state().truncated_bytes, 700'000u);
  EXPECT_LE(journal.state().bytes, 200'000u);
  EXPECT_EQ(journal.state().lost, 0u);
}

TEST(Journal, WhatIsKeptHasAQuarterMoreAndThenIsCounted) {
  Journal journal({.memory_bytes = 5'000, .bytes = 40'000}, file(), 0, {});
  for (int i = 0; i < 1000; ++i) status(journal);
  EXPECT_GT(journal.state().lost, 0u);
  EXPECT_LE(journal.state().bytes, 50'000u);
  EXPECT_EQ(read_all(journal).size() + journal.state().lost, 1000u);
}

TEST(JournalFile, RefusesWhatWasChanged) {
  auto memory = *io::create_memory_file("journal");
  JournalFile file(*memory.duplicate(), key());
  io::SystemDisk disk;
  auto first = file.write(1, base::as_bytes("first"));
  auto second = file.write(2, base::as_bytes("other"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(base::as_text(*file.read(1, *first)), "first");
  EXPECT_FALSE(file.read(2, *first)) << "another's number";
  JournalFile::Place moved = *second;
  moved.offset = first->offset;
  auto bytes = io::read_at(memory, second->offset, second->size);
  ASSERT_TRUE(disk.write_at(memory, first->offset, *bytes));
  EXPECT_FALSE(file.read(1, *first)) << "the second in the first's place";
  EXPECT_FALSE(file.read(2, moved)) << "moved";
  for (std::uint64_t at : {std::uint64_t{0}, second->size / 2, second->size - 1}) {
    auto changed = *bytes;
    changed[at] ^= std::byte{1};
    ASSERT_TRUE(disk.write_at(memory, second->offset, changed));
    EXPECT_FALSE(file.read(2, *second)) << at;
  }
  ASSERT_TRUE(disk.write_at(memory, second->offset, *bytes));
  EXPECT_TRUE(file.read(2, *second));
  ASSERT_TRUE(disk.truncate(memory, second->offset + second->size - 1));
  EXPECT_FALSE(file.read(2, *second)) << "torn";
}

TEST(Journal, SkipsAndCountsWhatWasChangedOnTheDisk) {
  auto memory = *io::create_memory_file("journal");
  Journal journal({.memory_bytes = 1000, .bytes = 1u << 20},
                  std::make_unique<JournalFile>(*memory.duplicate(), key()), 0, {});
  for (int i = 0; i < 10; ++i) stream(journal, fmt::format("{}", i));
  io::SystemDisk disk;
  ASSERT_TRUE(disk.write_at(memory, 20, base::as_bytes("tampered")));
  EXPECT_EQ(text_of(read_all(journal)), "123456789");
  EXPECT_EQ(journal.state().lost, 1u);
}

TEST(Journal, NothingReadableReachesTheDisk) {
  auto memory = *io::create_memory_file("journal");
  Journal journal({.memory_bytes = 0, .bytes = 1u << 20},
                  std::make_unique<JournalFile>(*memory.duplicate(), key()), 0, {});
  stream(journal, "diagnosis");
  auto bytes = io::read_at(memory, 0, *io::size_of(memory));
  ASSERT_GT(bytes->size(), 100u);
  EXPECT_EQ(base::as_text(*bytes).find("diagnosis"), std::string_view::npos);
  EXPECT_EQ(base::as_text(*bytes).find("msg_id"), std::string_view::npos);
}

}  // namespace
}  // namespace cloister::cell
