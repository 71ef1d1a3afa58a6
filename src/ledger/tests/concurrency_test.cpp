// SPDX-License-Identifier: Apache-2.0
// Many threads on one ledger.
#include "cloister/io/errors.hpp"
#include "cloister/ledger/errors.hpp"

#include "fixture.hpp"

#include <poll.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>

namespace cloister::ledger {
namespace {

// Counts syncs; each takes a while, as on a real disk. May fail some.
class SlowDisk final : public io::SystemDisk {
 public:
  base::Outcome sync(const io::Descriptor& file) override {
    std::uint64_t number = ++syncs;
    ::poll(nullptr, 0, 2);  // the slowness of a disk, not a wait for something
    if (fail_every != 0 && number % fail_every == 0)
      return base::fail(io::errors::system, "the disk failed");
    return SystemDisk::sync(file);
  }
  std::atomic<std::uint64_t> syncs = 0;
  std::uint64_t fail_every = 0;
};

class Concurrency : public LedgerFixture {
 protected:
  static constexpr unsigned writers = 16;
  static constexpr unsigned each = 20;

  void from_all_threads(const std::function<void(unsigned writer)>& run) {
    std::latch start(writers);
    std::vector<std::jthread> threads;
    for (unsigned writer = 0; writer < writers; ++writer)
      threads.emplace_back([&, writer] {
        start.arrive_and_wait();
        run(writer);
      });
  }

  base::SystemClock system_clock;
  base::SystemRandom system_random;
  SlowDisk slow;
  Environment concurrent() { return {slow, system_clock, system_random}; }
};

TEST_F(Concurrency, WritersShareSyncsAndEveryEntryIsThere) {
  create();
  auto ledger = Ledger::open(concurrent(), folder, keys).value();
  std::uint64_t before = slow.syncs;
  std::mutex mutex;
  std::map<std::uint64_t, std::uint64_t> acknowledged;  // sequence to number
  from_all_threads([&](unsigned writer) {
    for (unsigned i = 0; i < each; ++i) {
      std::uint64_t number = writer * each + i;
      auto sequence = ledger->append(query(number));
      ASSERT_TRUE(sequence);
      std::lock_guard lock(mutex);
      ASSERT_TRUE(acknowledged.emplace(*sequence, number).second) << "a sequence number twice";
    }
  });
  EXPECT_LT(slow.syncs - before, writers * each / 2);
  auto entries = ledger->read(0, writers * each, body_keys()).value();
  base::WallTime last{};
  for (const StoredEntry& stored : entries) {
    EXPECT_EQ(stored.entry.detail, query(acknowledged.at(stored.sequence)).detail);
    EXPECT_FALSE(stored.clock_backwards);
    EXPECT_GE(stored.time, last);
    last = stored.time;
  }
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_TRUE(verify().ok) << verify().problem;
}

TEST_F(Concurrency, CheckpointsReadingAndVerifyingGoOnMeanwhile) {
  create();
  auto ledger = Ledger::open(concurrent(), folder, keys).value();
  crypto::BoxKeyPair bodies = body_keys();
  std::uint64_t verified = 0;
  {
    std::jthread other([&](std::stop_token stop) {
      do {
        auto head = ledger->checkpoint(epoch_key(0));
        ASSERT_TRUE(head) << head.error().message;
        EXPECT_GE(ledger->head().size, head->size);
        EXPECT_EQ(ledger->root_at(head->size).value(), head->root);
        auto entries = ledger->read(0, head->size, bodies);
        ASSERT_TRUE(entries) << entries.error().message;
        VerifyOptions options;
        auto report = ledger->verify(options);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_TRUE(report->ok) << report->problem;
        ++verified;
      } while (!stop.stop_requested());
    });
    from_all_threads([&](unsigned writer) {
      for (unsigned i = 0; i < each; ++i) ASSERT_TRUE(ledger->append(query(writer)));
    });
  }
  EXPECT_GT(verified, 1u);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_EQ(ledger->checkpointed().size, writers * each);
  EXPECT_TRUE(verify().ok) << verify().problem;
}

TEST_F(Concurrency, AFailedSyncFailsItsBatchAndNoOther) {
  create();
  slow.fail_every = 3;
  auto ledger = Ledger::open(concurrent(), folder, keys).value();
  std::atomic<std::uint64_t> refused = 0;
  std::mutex mutex;
  std::map<std::uint64_t, std::uint64_t> acknowledged;
  from_all_threads([&](unsigned writer) {
    for (unsigned i = 0; i < each; ++i) {
      std::uint64_t number = writer * each + i;
      auto sequence = ledger->append(query(number));
      std::lock_guard lock(mutex);
      if (sequence)
        EXPECT_TRUE(acknowledged.emplace(*sequence, number).second);
      else
        ++refused;
    }
  });
  EXPECT_GT(refused, 0u);
  EXPECT_GT(acknowledged.size(), 0u);
  slow.fail_every = 0;
  EXPECT_EQ(ledger->head().size, acknowledged.size());
  for (const StoredEntry& stored : ledger->read(0, acknowledged.size(), body_keys()).value())
    EXPECT_EQ(stored.entry.detail, query(acknowledged.at(stored.sequence)).detail);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_TRUE(verify().ok) << verify().problem;
}

}  // namespace
}  // namespace cloister::ledger
