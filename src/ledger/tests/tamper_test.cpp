// SPDX-License-Identifier: Apache-2.0
// Whatever is done to the files of a ledger, verify finds it.
#include "cloister/ledger/errors.hpp"

#include "fixture.hpp"

#include <algorithm>

namespace cloister::ledger {
namespace {

class Tamper : public LedgerFixture {
 protected:
  // Four entries in two epochs, two checkpoints in the first.
  void small() {
    auto ledger = filled(2);
    earlier = files_in(folder);
    earlier_checkpoint = ledger->checkpoint_text();
    append(*ledger, 1);
    ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
    append(*ledger, 1);
    ASSERT_TRUE(ledger->checkpoint(epoch_key(1)));
    good = files_in(folder);
    ASSERT_TRUE(verify().ok) << verify().problem;
  }
  // A full tile and partial tiles on two levels.
  void large() {
    auto ledger = filled(200);
    earlier = files_in(folder);
    append(*ledger, 80);
    ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
    good = files_in(folder);
    ASSERT_TRUE(verify().ok) << verify().problem;
  }

  // Writes `text` over one file, expects verify to find it with and without the key of the bodies,
  // and puts the file back.
  void expect_found(const std::string& name, const std::string& text, const std::string& what) {
    ASSERT_NE(text, good.at(name)) << what;
    write_text(folder / name, text);
    ++tried;
    VerifyReport report = verify({}, false);
    if (report.ok || report.problem.empty()) {
      ++missed;
      ADD_FAILURE() << name << ": " << what;
    }
    write_text(folder / name, good.at(name));
  }

  Files good;
  Files earlier;
  std::string earlier_checkpoint;
  std::uint64_t tried = 0;
  std::uint64_t missed = 0;
};

TEST_F(Tamper, EveryByteOfASmallLedger) {
  small();
  for (const auto& [name, text] : good)
    for (std::size_t at = 0; at < text.size(); ++at)
      for (int mask : {1 << at % 8, 0xff}) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ mask);
        expect_found(name, changed, fmt::format("byte {} xor {:02x}", at, mask));
      }
  EXPECT_GT(tried, 4'000u);
  fmt::print("bytes changed: {}, not found: {}\n", tried, missed);
  EXPECT_TRUE(verify().ok);
}

TEST_F(Tamper, EveryLength) {
  small();
  for (const auto& [name, text] : good) {
    for (std::size_t size = 0; size < text.size(); ++size)
      expect_found(name, text.substr(0, size), fmt::format("cut to {} bytes", size));
    for (const std::string& more : {std::string("\n"), std::string(1, '\0'), std::string(32, '\1'),
                                    std::string(4096, '\0'), text, std::string("CLR")})
      expect_found(name, text + more, fmt::format("{} bytes more", more.size()));
  }
}

TEST_F(Tamper, PiecesOutOfOrderOrDropped) {
  large();
  for (const auto& [name, text] : good) {
    std::size_t half = text.size() / 2;
    std::string halves = text.substr(half) + text.substr(0, half);
    if (halves != text) expect_found(name, halves, "halves exchanged");
    std::size_t last = text.size() / 32 * 32 - 32;
    std::string ends = text;
    std::swap_ranges(ends.begin(), ends.begin() + 32, ends.begin() + static_cast<long>(last));
    if (ends != text) expect_found(name, ends, "first and last 32 bytes exchanged");
    expect_found(name, text.substr(0, text.size() - 32), "last 32 bytes dropped");
    std::string without = text;
    expect_found(name, without.erase(text.size() / 3, 32), "32 bytes in the middle dropped");
  }
}

TEST_F(Tamper, RecordsExchangedDroppedOrDoubled) {
  create();
  auto ledger = open();
  std::vector<std::size_t> ends{0};
  for (int i = 0; i < 5; ++i) {
    append(*ledger, 1);
    ends.push_back(file_text(folder / "log").size());
  }
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  good = files_in(folder);
  const std::string& log = good.at("log");
  auto record = [&](std::size_t i) { return log.substr(ends[i], ends[i + 1] - ends[i]); };
  auto of = [&](std::initializer_list<std::size_t> order) {
    std::string text;
    for (std::size_t i : order) text += record(i);
    return text;
  };
  expect_found("log", of({0, 2, 1, 3, 4}), "exchanged");
  expect_found("log", of({0, 1, 3, 4}), "one dropped");
  expect_found("log", of({0, 1, 2, 3}), "the last dropped");
  expect_found("log", of({0, 1, 1, 2, 3, 4}), "one doubled");
  expect_found("log", of({0, 1, 2, 3, 4, 4}), "the last doubled");
  write_text(folder / "log", of({0, 1, 3, 2, 4}));
  EXPECT_EQ(verify().first_bad, 2);
}

TEST_F(Tamper, MissingFiles) {
  large();
  for (const auto& [name, text] : good) {
    std::filesystem::remove(folder / name);
    EXPECT_FALSE(verify({}, false).ok) << name;
    write_text(folder / name, text);
  }
  EXPECT_TRUE(verify().ok);
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(verify().ok);
}

TEST_F(Tamper, FilesAndFoldersThatDoNotBelongThere) {
  large();
  for (const char* name :
       {"notes.txt", "checkpoint.new", "epochs", "tile/0/002", "tile/0/000.p/7", "tile/0/001.p/81",
        "tile/0/x000/000", "tile/1/000", "tile/2/000.p/1", "tile/entries/000", "log.old"}) {
    write_text(folder / name, name == std::string("epochs") ? "" : "something");
    EXPECT_FALSE(verify({}, false).ok) << name;
    restore(folder, good);
  }
  std::filesystem::create_directories(folder / "tile/0/x001");
  EXPECT_FALSE(verify().ok);
  restore(folder, good);
  std::filesystem::rename(folder / "log", temporary.path() / "elsewhere");
  std::filesystem::create_symlink(temporary.path() / "elsewhere", folder / "log");
  EXPECT_FALSE(verify().ok);
}

TEST_F(Tamper, OneFileOfAnEarlierState) {
  for (bool many : {false, true}) {
    std::filesystem::remove_all(folder);
    many ? large() : small();
    for (const auto& [name, text] : earlier) {
      if (good.contains(name) && good.at(name) != text)
        expect_found(name, text, "of an earlier state");
      if (good.contains(name)) continue;
      write_text(folder / name, text);
      EXPECT_FALSE(verify({}, false).ok) << name;
      restore(folder, good);
    }
  }
  EXPECT_GE(tried, 4u);
}

TEST_F(Tamper, TheWholeLedgerOfAnEarlierStateIsFoundByAKeptCheckpoint) {
  small();
  std::string kept = good.at("checkpoint");
  restore(folder, earlier);
  EXPECT_TRUE(verify().ok);  // nothing in it is wrong
  VerifyReport report = verify(kept);
  EXPECT_FALSE(report.ok);
}

TEST_F(Tamper, AKeptCheckpointOfAnEarlierTimeIsContinued) {
  small();
  EXPECT_TRUE(verify(earlier_checkpoint).ok) << verify(earlier_checkpoint).problem;
  EXPECT_TRUE(verify(good.at("checkpoint")).ok);
}

TEST_F(Tamper, AnotherHistoryIsFoundByAKeptCheckpoint) {
  auto ledger = filled(2);
  Files fork = files_in(folder);
  append(*ledger, 2);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  std::string kept = ledger->checkpoint_text();
  restore(folder, fork);
  ledger = open();
  append(*ledger, 5);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  append(*ledger, 1);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_TRUE(verify().ok);
  VerifyReport report = verify(kept);
  EXPECT_FALSE(report.ok);
  EXPECT_NE(report.problem.find("another history"), std::string::npos) << report.problem;
}

TEST_F(Tamper, SomethingElseThanACheckpointIsAWrongArgument) {
  filled(1);
  VerifyOptions options;
  options.against = "hello\n";
  auto report = Ledger::verify_folder(environment(), folder, keys, options);
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().is(errors::bad_checkpoint));
}

TEST_F(Tamper, EntriesAfterTheCheckpointAreFineAndCounted) {
  auto ledger = filled(3);
  append(*ledger, 2);
  VerifyReport report = verify();
  EXPECT_TRUE(report.ok) << report.problem;
  EXPECT_EQ(report.entries, 3u);
  EXPECT_EQ(report.pending, 2u);
  EXPECT_EQ(report.bodies_opened, 5u);
  std::string log = file_text(folder / "log");
  write_text(folder / "log", log.substr(0, log.size() - 1));
  report = verify();
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.pending, 1u);
  EXPECT_EQ(report.first_bad, 4);
}

TEST_F(Tamper, TheFirstBadEntryIsNamed) {
  large();
  const std::string& log = good.at("log");
  std::string changed = log;
  changed[log.size() / 2] = static_cast<char>(changed[log.size() / 2] ^ 1);
  write_text(folder / "log", changed);
  VerifyReport report = verify();
  EXPECT_NEAR(static_cast<double>(report.first_bad), 140, 3);
  write_text(folder / "log", log);
  std::string tile = good.at("tile/0/000");
  tile[32 * 77 + 5] = static_cast<char>(tile[32 * 77 + 5] ^ 1);
  write_text(folder / "tile/0/000", tile);
  EXPECT_EQ(verify().first_bad, 77);
}

// Somebody without any key can write records, and hashes and links over them are public.
TEST_F(Tamper, AWellFormedForgeryLacksTheSignature) {
  auto ledger = filled(3);
  Files honest = files_in(folder);
  std::filesystem::remove_all(folder);
  PublicKeys stolen = keys;  // the forger knows the public keys only
  stolen.first_epoch = signing_key(5).verify_key();
  ASSERT_TRUE(Ledger::create(environment(), folder, stolen, {0, signing_key(5)}));
  auto forged = Ledger::open(environment(), folder, stolen).value();
  append(*forged, 3);
  ASSERT_TRUE(forged->checkpoint({0, signing_key(5)}));
  EXPECT_FALSE(verify().ok);
  write_text(folder / "checkpoint", honest.at("checkpoint"));
  EXPECT_FALSE(verify().ok);
  EXPECT_FALSE(Ledger::open(environment(), folder, keys));
}

TEST_F(Tamper, AnEntryThatIsNotWhatItsLeafSaysIsFoundWithTheKey) {
  // A body sealed by somebody who does not know the salt: its hash fits, the entry's does not.
  create();
  auto ledger = open();
  append(*ledger, 1);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  crypto::BoxKeyPair wrong = crypto::BoxKeyPair::from_secret(base::SecretBytes(32));
  VerifyOptions options;
  options.bodies = &wrong;
  auto report = Ledger::verify_folder(environment(), folder, keys, options);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->ok);
  EXPECT_EQ(report->first_bad, 0);
}

class OpeningTampered : public Tamper {};

TEST_F(OpeningTampered, OpeningRefusesAChangedEdgeTile) {
  large();
  std::string tile = good.at("tile/0/001.p/24");
  tile[3] = static_cast<char>(tile[3] ^ 4);
  write_text(folder / "tile/0/001.p/24", tile);
  auto opened = Ledger::open(environment(), folder, keys);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(errors::damaged));
  EXPECT_EQ(opened.error().kind, base::Kind::integrity);
}

TEST_F(OpeningTampered, OpeningRefusesALogThatIsTooShort) {
  large();
  write_text(folder / "log", good.at("log").substr(0, good.at("log").size() - 1));
  EXPECT_TRUE(Ledger::open(environment(), folder, keys).error().is(errors::damaged));
}

TEST_F(OpeningTampered, ReadingNoticesAChangedTile) {
  large();
  auto ledger = open();
  std::string tile = good.at("tile/0/000");
  tile[32 * 9] = static_cast<char>(tile[32 * 9] ^ 1);
  write_text(folder / "tile/0/000", tile);
  EXPECT_TRUE(ledger->read(3, 4, body_keys()).error().is(errors::damaged));
}

TEST_F(OpeningTampered, ReadingNoticesAnExchangedRecord) {
  create();
  auto ledger = open();
  append(*ledger, 1);
  std::size_t first = file_text(folder / "log").size();
  append(*ledger, 1);
  std::string log = file_text(folder / "log");
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  ledger = open();
  write_text(folder / "log", log.substr(first) + log.substr(0, first));
  auto read = ledger->read(0, 1, body_keys());
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(errors::damaged));
}

}  // namespace
}  // namespace cloister::ledger
