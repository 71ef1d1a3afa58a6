// SPDX-License-Identifier: Apache-2.0
// Killed, torn, failing and powerless disks: an acknowledged entry is never lost.
#include "cloister/io/errors.hpp"
#include "cloister/io/fault_disk.hpp"
#include "cloister/ledger/errors.hpp"

#include "fixture.hpp"
#include "power_loss_disk.hpp"

#include <sys/mman.h>
#include <sys/wait.h>

namespace cloister::ledger {
namespace {

// What the scenario achieved, in memory that outlives a killed child.
struct Progress {
  std::uint64_t acknowledged = 0;  // entries
  std::uint64_t signed_size = 0;   // of the last checkpoint that returned
  std::uint64_t epoch = 0;         // that began for sure
  bool finished = false;
};

class Crash : public LedgerFixture {
 protected:
  static constexpr std::uint64_t before = 254;

  void SetUp() override {
    void* memory =
        mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    progress = new (memory) Progress;
    filled(before);
    start = files_in(folder);
  }
  void TearDown() override { munmap(progress, sizeof(Progress)); }

  // Entries that fill a tile, checkpoints, a new epoch: every durable step that there is.
  void scenario(io::Disk& on) {
    *progress = {before, before, 0, false};
    Environment faulty{on, clock, random};
    auto opened = Ledger::open(faulty, folder, keys);
    if (!opened) return;
    Ledger& ledger = **opened;
    auto append = [&] {
      auto sequence = ledger.append(query(progress->acknowledged));
      if (sequence) progress->acknowledged = *sequence + 1;
      return sequence.has_value();
    };
    auto checkpoint = [&](std::uint64_t epoch) {
      auto head = ledger.checkpoint(epoch_key(epoch));
      if (head) progress->signed_size = head->size;
      return head.has_value();
    };
    if (!append() || !append() || !checkpoint(0)) return;  // a full tile, a second level
    if (!append()) return;
    if (!ledger.begin_epoch(epoch_key(0), epoch_key(1))) return;
    progress->epoch = 1;
    progress->signed_size = progress->acknowledged;
    if (!append() || !checkpoint(1)) return;
    progress->finished = true;
  }

  // Opens what is there with a good disk, and finds everything that was promised; then goes on.
  void expect_whole(const std::string& where) {
    SCOPED_TRACE(where);
    auto opened = Ledger::open(environment(), folder, keys);
    ASSERT_TRUE(opened) << opened.error().message;
    Ledger& ledger = **opened;
    TreeHead head = ledger.head();
    EXPECT_GE(head.size, progress->acknowledged);
    EXPECT_LE(head.size, progress->acknowledged + 1);  // one may have been under way
    EXPECT_GE(ledger.checkpointed().size, progress->signed_size);
    EXPECT_GE(ledger.epoch(), progress->epoch);
    auto entries = ledger.read(before, head.size, body_keys());
    ASSERT_TRUE(entries) << entries.error().message;
    for (const StoredEntry& stored : *entries)
      EXPECT_EQ(stored.entry.detail, query(stored.sequence).detail);
    if (ledger.epoch() == 0) {
      ASSERT_TRUE(ledger.begin_epoch(epoch_key(0), epoch_key(1)));
    }
    ASSERT_TRUE(ledger.append(query(head.size)));
    auto signed_head = ledger.checkpoint(epoch_key(1));
    ASSERT_TRUE(signed_head) << signed_head.error().message;
    VerifyReport report = verify({}, false);
    EXPECT_TRUE(report.ok) << report.problem;
    EXPECT_EQ(report.entries, head.size + 1);
  }

  std::uint64_t count_steps() {
    io::FaultDisk counting(io::Fault::none, 0);
    scenario(counting);
    EXPECT_TRUE(progress->finished);
    expect_whole("without a fault");
    return counting.steps();
  }

  void kill_everywhere(io::Fault fault, const char* name) {
    std::uint64_t steps = count_steps();
    for (std::uint64_t at = 1; at <= steps; ++at) {
      restore(folder, start);
      pid_t child = fork();
      if (child == 0) {
        io::FaultDisk faulty(fault, at);
        scenario(faulty);
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
      expect_whole(fmt::format("{} at step {}", name, at));
    }
    fmt::print("{}: {} points\n", name, steps);
    EXPECT_GT(steps, 50u);
  }

  Progress* progress = nullptr;
  Files start;
};

TEST_F(Crash, KilledBeforeEachStep) {
  kill_everywhere(io::Fault::kill, "killed before");
}

TEST_F(Crash, KilledInTheMiddleOfEachWrite) {
  kill_everywhere(io::Fault::kill_torn, "killed within or after");
}

TEST_F(Crash, EachStepFailsOnce) {
  for (io::Fault fault : {io::Fault::fail, io::Fault::no_space}) {
    restore(folder, start);
    std::uint64_t steps = count_steps();
    for (std::uint64_t at = 1; at <= steps; ++at) {
      restore(folder, start);
      io::FaultDisk faulty(fault, at);
      scenario(faulty);
      expect_whole(fmt::format("failing step {}", at));
    }
    fmt::print("failed: {} points\n", steps);
  }
}

TEST_F(Crash, ThePowerFailsAtEachStep) {
  PowerLossDisk counting(folder, 0);
  scenario(counting);
  ASSERT_TRUE(progress->finished);
  std::uint64_t points = 0;
  for (std::uint64_t at = 1; at <= counting.steps(); ++at)
    for (std::uint64_t seed = 0; seed < 4; ++seed, ++points) {
      restore(folder, start);
      PowerLossDisk disk_with_failure(folder, at);
      scenario(disk_with_failure);
      disk_with_failure.restore_after_failure(seed);
      expect_whole(fmt::format("power failed at step {}, seed {}", at, seed));
    }
  fmt::print("power failed: {} points\n", points);
}

TEST_F(Crash, CreatingIsInterruptedAtEachStep) {
  std::uint64_t steps = 0;
  {
    std::filesystem::remove_all(folder);
    io::FaultDisk counting(io::Fault::none, 0);
    ASSERT_TRUE(Ledger::create({counting, clock, random}, folder, keys, epoch_key(0)));
    steps = counting.steps();
  }
  for (io::Fault fault : {io::Fault::kill, io::Fault::kill_torn})
    for (std::uint64_t at = 1; at <= steps; ++at) {
      std::filesystem::remove_all(folder);
      pid_t child = fork();
      if (child == 0) {
        io::FaultDisk faulty(fault, at);
        (void)Ledger::create({faulty, clock, random}, folder, keys, epoch_key(0));
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      bool there = Ledger::open(environment(), folder, keys).has_value();
      if (!there) {
        EXPECT_TRUE(Ledger::create(environment(), folder, keys, epoch_key(0))) << at;
      }
      EXPECT_TRUE(Ledger::open(environment(), folder, keys)) << at;
      EXPECT_TRUE(verify().ok) << at << ": " << verify().problem;
    }
  fmt::print("creating: {} points\n", 2 * steps);
}

TEST_F(Crash, AFullDiskRefusesAndTheLedgerGoesOn) {
  // The first write of an append is the record itself.
  io::FaultDisk full(io::Fault::no_space, 1);
  auto ledger = Ledger::open({full, clock, random}, folder, keys).value();
  auto refused = ledger->append(query(before));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(io::errors::no_space));
  EXPECT_TRUE(verify().ok) << verify().problem;  // nothing of it stayed
  EXPECT_EQ(ledger->append(query(before)).value(), before);
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_TRUE(verify().ok);
}

TEST_F(Crash, AFailedWriteThatCannotBeTakenBackIsTakenBackLater) {
  // The write fails half way, then the truncation fails too.
  class Stubborn final : public io::SystemDisk {
   public:
    base::Outcome write_at(const io::Descriptor& file, std::uint64_t offset,
                           base::ByteView bytes) override {
      if (failures-- <= 0) return SystemDisk::write_at(file, offset, bytes);
      (void)SystemDisk::write_at(file, offset, bytes.first(bytes.size() / 2));
      return base::fail(io::errors::no_space, "full");
    }
    base::Outcome truncate(const io::Descriptor& file, std::uint64_t size) override {
      if (stuck-- > 0) return base::fail(io::errors::system, "stuck");
      return SystemDisk::truncate(file, size);
    }
    int failures = 1;
    int stuck = 2;
  } stubborn;
  auto ledger = Ledger::open({stubborn, clock, random}, folder, keys).value();
  Entry large = query(before);
  large.detail["text"] = std::string(5000, 'x');
  EXPECT_FALSE(ledger->append(large));
  EXPECT_FALSE(ledger->append(query(before)));  // still stuck
  EXPECT_TRUE(ledger->append(query(before)));
  ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
  EXPECT_TRUE(verify().ok) << verify().problem;
}

TEST_F(Crash, ATornTailIsDroppedAndDamageIsNot) {
  auto ledger = open();
  std::vector<std::size_t> ends;
  for (int i = 0; i < 3; ++i) {
    append(*ledger, 1);
    ends.push_back(file_text(folder / "log").size());
  }
  ledger.reset();
  std::string log = file_text(folder / "log");
  // Every torn form of the last record: the two before it stay.
  for (std::size_t size = ends[1] + 1; size < log.size(); size += 7) {
    write_text(folder / "log", log.substr(0, size));
    EXPECT_FALSE(verify({}, false).ok);
    auto reopened = open();
    ASSERT_EQ(reopened->head().size, before + 2) << size;
    ASSERT_EQ(file_text(folder / "log").size(), ends[1]);
  }
  // Pages of the last write that never came.
  std::string zeroed = log;
  std::fill(zeroed.begin() + static_cast<long>(ends[1]),
            zeroed.begin() + static_cast<long>(ends[1]) + 100, '\0');
  write_text(folder / "log", zeroed);
  EXPECT_EQ(open()->head().size, before + 2);
  // A record in the middle had been acknowledged: that is damage, and nothing is removed.
  std::string damaged = log;
  damaged[ends[0] + 90] = static_cast<char>(damaged[ends[0] + 90] ^ 1);
  write_text(folder / "log", damaged);
  auto refused = Ledger::open(environment(), folder, keys);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(errors::damaged));
  EXPECT_EQ(file_text(folder / "log"), damaged);
}

}  // namespace
}  // namespace cloister::ledger
