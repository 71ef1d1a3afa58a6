// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/ledger.hpp"

#include "cloister/crypto/merkle.hpp"
#include "cloister/ledger/errors.hpp"

#include "fixture.hpp"

namespace cloister::ledger {
namespace {

class LedgerTest : public LedgerFixture {};

TEST_F(LedgerTest, ANewLedgerIsEmptyAndSigned) {
  create();
  auto ledger = open();
  EXPECT_EQ(ledger->head().size, 0u);
  EXPECT_EQ(ledger->head().root, crypto::sha256(base::ByteView{}));
  EXPECT_EQ(ledger->checkpoints(), 1u);
  EXPECT_TRUE(verify().ok);
}

TEST_F(LedgerTest, CreatingOverALedgerIsRefused) {
  filled(3);
  auto again = Ledger::create(environment(), folder, keys, epoch_key(0));
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().is(errors::exists));
  EXPECT_TRUE(verify().ok);
}

TEST_F(LedgerTest, WhatWasAppendedIsReadBackAfterReopening) {
  filled(5);
  auto ledger = open();
  append(*ledger, 2);  // after the checkpoint
  ledger = open();
  EXPECT_EQ(ledger->head().size, 7u);
  EXPECT_EQ(ledger->checkpointed().size, 5u);
  auto entries = ledger->read(0, 7, body_keys());
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 7u);
  for (std::uint64_t i = 0; i < 7; ++i) {
    const StoredEntry& stored = (*entries)[i];
    EXPECT_EQ(stored.sequence, i);
    EXPECT_EQ(stored.entry.kind, "query");
    EXPECT_EQ(stored.entry.who, "ada");
    EXPECT_EQ(stored.entry.dataset, "trial@1");
    EXPECT_EQ(stored.entry.purpose, "research");
    EXPECT_EQ(stored.entry.decision, "allow");
    EXPECT_EQ(stored.entry.detail, query(i).detail);
    EXPECT_FALSE(stored.clock_backwards);
  }
  EXPECT_EQ((*entries)[6].time, clock.now());
}

TEST_F(LedgerTest, SequenceNumbersCountFromZero) {
  create();
  auto ledger = open();
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(ledger->append(query(i)).value(), i);
}

TEST_F(LedgerTest, NothingOfAnEntryIsReadableOnDisk) {
  filled(3);
  for (const auto& [name, text] : files_in(folder)) {
    EXPECT_EQ(text.find("select"), std::string::npos) << name;
    EXPECT_EQ(text.find("ada"), std::string::npos) << name;
    EXPECT_EQ(text.find("trial"), std::string::npos) << name;
  }
}

TEST_F(LedgerTest, EqualEntriesHaveDifferentLeaves) {
  create();
  auto ledger = open();
  ASSERT_TRUE(ledger->append(query(1)) && ledger->append(query(1)));
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  std::string tile = file_text(folder / "tile/0/000.p/2");
  ASSERT_EQ(tile.size(), 64u);
  EXPECT_NE(tile.substr(0, 32), tile.substr(32));
}

TEST_F(LedgerTest, ACheckpointWithoutNewsWritesNothing) {
  auto ledger = filled(3);
  Files before = files_in(folder);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_EQ(files_in(folder), before);
  EXPECT_EQ(ledger->checkpoints(), 2u);
}

TEST_F(LedgerTest, OnlyTheKeyOfTheEpochSigns) {
  auto ledger = filled(1);
  append(*ledger, 1);
  EpochKey stranger{0, signing_key(9)};
  auto refused = ledger->checkpoint(stranger);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(errors::wrong_key));
  EXPECT_FALSE(ledger->checkpoint(epoch_key(1)));
  EXPECT_EQ(ledger->checkpointed().size, 1u);
}

TEST_F(LedgerTest, TilesAreThoseOfTheSpecification) {
  // 70,000 entries of the specification's example would take long; 600 show a full tile, partial
  // tiles of two levels, and the tiles that are gone.
  auto ledger = filled(255);
  append(*ledger, 345);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  Files files = files_in(folder);
  EXPECT_EQ(files.at("tile/0/000").size(), 8192u);
  EXPECT_EQ(files.at("tile/0/001").size(), 8192u);
  EXPECT_EQ(files.at("tile/0/002.p/88").size(), 88u * 32);
  EXPECT_EQ(files.at("tile/1/000.p/2").size(), 64u);
  EXPECT_EQ(files.size(), 4u + 2u);  // with log and checkpoint
  EXPECT_FALSE(std::filesystem::exists(folder / "tile/0/000.p"));
  EXPECT_TRUE(verify().ok);
}

TEST_F(LedgerTest, RootsOfEveryEarlierSizeAreKnown) {
  create();
  auto ledger = open();
  std::vector<crypto::Hash> roots{ledger->head().root};
  for (int i = 0; i < 530; ++i) {
    append(*ledger, 1);
    roots.push_back(ledger->head().root);
    if (i == 100 || i == 255 || i == 511 || i == 520) ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  }
  ledger = open();
  for (std::uint64_t size = 0; size < roots.size(); ++size)
    ASSERT_EQ(ledger->root_at(size).value(), roots[size]) << size;
  EXPECT_TRUE(ledger->root_at(531).error().is(errors::no_such_entry));
}

TEST_F(LedgerTest, ReadingAnyRangeFindsItsPlace) {
  filled(700);
  auto ledger = open();
  append(*ledger, 30);
  for (auto [from, to] : {std::pair{0u, 3u}, {699u, 701u}, {350u, 352u}, {728u, 730u}, {5u, 5u}}) {
    auto entries = ledger->read(from, to, body_keys());
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), to - from);
    for (const StoredEntry& stored : *entries)
      EXPECT_EQ(stored.entry.detail.at("rows").as_int64(),
                static_cast<std::int64_t>(stored.sequence));
  }
  EXPECT_TRUE(ledger->read(729, 731, body_keys()).error().is(errors::no_such_entry));
}

TEST_F(LedgerTest, AClockThatWentBackwardsIsRecorded) {
  auto ledger = filled(2);
  clock.set_wall_time(clock.now() - base::Microseconds{5'000'000});
  append(*ledger, 2);
  auto entries = ledger->read(0, 4, body_keys()).value();
  EXPECT_FALSE(entries[1].clock_backwards);
  EXPECT_TRUE(entries[2].clock_backwards);
  EXPECT_FALSE(entries[3].clock_backwards);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  VerifyReport report = verify();
  EXPECT_TRUE(report.ok) << report.problem;
  EXPECT_EQ(report.clock_backwards, 1u);
}

TEST_F(LedgerTest, AClockThatWentBackwardsWhileClosedIsRecorded) {
  filled(2);
  clock.set_wall_time(clock.now() - base::Microseconds{3'600'000'000});
  auto ledger = open();
  append(*ledger, 1);
  EXPECT_TRUE(ledger->read(2, 3, body_keys()).value()[0].clock_backwards);
}

TEST_F(LedgerTest, EntriesThatCouldNotBeReadBackAreRefused) {
  auto ledger = filled(1);
  Entry number = query(1);
  number.detail["share"] = 0.5;
  Entry large = query(1);
  large.detail["text"] = std::string(70'000, 'x');
  Entry not_text = query(1);
  not_text.purpose = "caf\xe9";
  Entry deep = query(1);
  boost::json::value nested = 1;
  for (int i = 0; i < 40; ++i) nested = boost::json::array{nested};
  deep.detail["deep"] = nested;
  for (const Entry& entry : {number, large, not_text, deep, Entry{}}) {
    auto refused = ledger->append(entry);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(errors::bad_entry)) << refused.error().message;
  }
  EXPECT_EQ(ledger->append(query(2)).value(), 1u);
}

TEST_F(LedgerTest, OpenedForReadingItChangesNothing) {
  filled(3);
  std::string log = file_text(folder / "log");
  write_text(folder / "log", log + "CLR torn");
  Files before = files_in(folder);
  auto ledger = Ledger::open_read_only(environment(), folder, keys).value();
  EXPECT_TRUE(ledger->append(query(1)).error().is(errors::read_only));
  EXPECT_TRUE(ledger->checkpoint(epoch_key(0)).error().is(errors::read_only));
  EXPECT_EQ(ledger->read(0, 3, body_keys()).value().size(), 3u);
  EXPECT_EQ(files_in(folder), before);
}

}  // namespace
}  // namespace cloister::ledger
