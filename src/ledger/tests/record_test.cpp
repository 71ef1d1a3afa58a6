// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/record.hpp"

#include "entry.hpp"
#include "fixture.hpp"
#include "log_index.hpp"

namespace cloister::ledger {
namespace {

class Records : public testing::Test {
 protected:
  // `count` records of growing length; every third begins a write.
  void SetUp() override {
    for (std::size_t i = 0; i < count; ++i) {
      starts.push_back(bytes.size());
      std::string text = canonical_text(query(i), base::WallTime{}, false);
      contents.push_back(seal_entry(text, {}, body_keys().public_key));
      link = encode_record(contents.back(), i % 3 == 0, link, bytes);
    }
    starts.push_back(bytes.size());
    write_text(path, base::as_text(bytes));
    file = io::SystemDisk{}.open_read(path).value();
  }
  base::ByteView record(std::size_t i) const {
    return base::ByteView(bytes).subspan(starts[i], starts[i + 1] - starts[i]);
  }

  static constexpr std::size_t count = 9;
  TemporaryFolder temporary;
  io::Path path = temporary.path() / "log";
  io::Descriptor file;
  base::Bytes bytes;
  std::vector<std::size_t> starts;
  std::vector<RecordContent> contents;
  crypto::Hash link = first_link("cloister/test");
};

TEST_F(Records, WhatIsWrittenIsRead) {
  LogScanner scanner(file, 0, bytes.size(), first_link("cloister/test"));
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(scanner.next().value(), Scan::record);
    EXPECT_EQ(scanner.record().first_of_batch, i % 3 == 0);
    EXPECT_EQ(scanner.record().leaf_input, contents[i].leaf_input);
    EXPECT_EQ(scanner.offset(), starts[i + 1]);
  }
  EXPECT_EQ(scanner.next().value(), Scan::end);
  EXPECT_EQ(scanner.link(), link);
}

TEST_F(Records, TheChainBeginsWithTheOrigin) {
  LogScanner scanner(file, 0, bytes.size(), first_link("cloister/other"));
  EXPECT_EQ(scanner.next().value(), Scan::bad);
}

TEST_F(Records, ACutRecordIsBadAtItsStart) {
  for (std::size_t limit : {starts[4] + 1, starts[4] + 71, starts[4] + 72, starts[5] - 1}) {
    LogScanner scanner(file, 0, limit, first_link("cloister/test"));
    for (int i = 0; i < 4; ++i) ASSERT_EQ(scanner.next().value(), Scan::record);
    EXPECT_EQ(scanner.next().value(), Scan::bad);
    EXPECT_EQ(scanner.offset(), starts[4]);
    EXPECT_STRNE(scanner.problem(), "");
  }
}

TEST_F(Records, ImpossibleLengthsAreRefused) {
  for (std::uint32_t length : {0u, 81u, 65'617u, 0x7fffffffu, 0xffffffffu}) {
    base::Bytes changed(record(0).begin(), record(0).end());
    base::store_big_endian(&changed[4], length);
    changed.resize(200'000);
    RecordView view;
    EXPECT_NE(parse_record(changed, view), nullptr) << length;
  }
}

TEST_F(Records, ALaterWriteTellsDamageFromATornEnd) {
  EXPECT_TRUE(later_batch_exists(file, starts[0], bytes.size()).value());
  EXPECT_TRUE(later_batch_exists(file, starts[5], bytes.size()).value());   // 6 began one
  EXPECT_FALSE(later_batch_exists(file, starts[6], bytes.size()).value());  // 7 and 8 did not
  EXPECT_FALSE(later_batch_exists(file, starts[5], starts[7] - 1).value());
}

TEST_F(Records, ALaterWriteIsFoundFarAway) {
  // More than one window of bytes that are no records, with false beginnings in it.
  std::string far;
  while (far.size() < (2u << 20) + 17) far += "CLR\x01 nothing ";
  write_text(path, far + std::string(base::as_text(record(0))));
  io::Descriptor other = io::SystemDisk{}.open_read(path).value();
  std::uint64_t size = io::size_of(other).value();
  EXPECT_TRUE(later_batch_exists(other, 0, size).value());
  EXPECT_FALSE(later_batch_exists(other, 0, size - 1).value());
}

TEST_F(Records, TheIndexWalksBothWays) {
  for (std::size_t wanted = 0; wanted <= count; ++wanted) {
    LogIndex index;
    index.add(count, bytes.size());
    EXPECT_EQ(index.offset_of(file, wanted).value(), starts[wanted]);
  }
}

TEST_F(Records, TheIndexRefusesLengthsThatLeadNowhere) {
  base::Bytes changed = bytes;
  base::store_big_endian(&changed[starts[1] + 4], std::uint32_t{0xffffff});
  base::store_big_endian(&changed[starts[8] - 36], std::uint32_t{0xffffff});
  write_text(path, base::as_text(changed));
  for (std::uint64_t wanted : {2u, 3u, 6u, 7u}) {
    LogIndex index;
    index.add(count, bytes.size());
    EXPECT_FALSE(index.offset_of(file, wanted)) << wanted;
  }
}

}  // namespace
}  // namespace cloister::ledger
