// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/disk.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/io/fault_disk.hpp"
#include "cloister/io/file_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

struct FolderTest : testing::Test {
  Path folder;
  SystemDisk disk;

  void SetUp() override {
    std::string pattern = testing::TempDir() + "/cloister-disk-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string content(const Path& path) {
    auto bytes = read_file(disk, path, 1u << 20);
    return bytes ? std::string(base::as_text(*bytes)) : bytes.error().code;
  }
  mode_t mode_of(const Path& path) {
    struct stat info{};
    EXPECT_EQ(lstat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
};

using SystemDiskTest = FolderTest;

TEST_F(SystemDiskTest, CreatesOnlyWhatIsNotThere) {
  Path path = folder / "file";
  ASSERT_TRUE(disk.create(path, 0600).has_value());
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_TRUE(disk.create(path, 0600).error().is(errors::system));
  symlink("elsewhere", (folder / "link").c_str());
  EXPECT_FALSE(disk.create(folder / "link", 0600).has_value());
  EXPECT_FALSE(io::exists(folder / "elsewhere"));
}

TEST_F(SystemDiskTest, ANewNameReplacesNothing) {
  ASSERT_TRUE(disk.create(folder / "a", 0600).has_value());
  ASSERT_TRUE(disk.create(folder / "b", 0600).has_value());
  EXPECT_TRUE(disk.rename_new(folder / "a", folder / "b").error().is(errors::exists));
  EXPECT_TRUE(io::exists(folder / "a"));
  EXPECT_TRUE(disk.rename_new(folder / "a", folder / "c"));
  EXPECT_TRUE(io::exists(folder / "c"));
  EXPECT_TRUE(disk.rename_new(folder / "a", folder / "d").error().is(errors::not_found));
}

TEST_F(SystemDiskTest, WritesReadsAndTruncatesAtOffsets) {
  Path path = folder / "file";
  Descriptor file = disk.open_write(path, 0600).value();
  ASSERT_TRUE(disk.write_at(file, 3, base::as_bytes("defg")));
  ASSERT_TRUE(disk.write_at(file, 0, base::as_bytes("abc")));
  ASSERT_TRUE(disk.write_at(file, 0, {}));
  EXPECT_EQ(content(path), "abcdefg");
  EXPECT_EQ(size_of(file).value(), 7u);
  EXPECT_EQ(base::as_text(read_at(file, 5, 100).value()), "fg");
  EXPECT_TRUE(read_at(file, 7, 10).value().empty());
  ASSERT_TRUE(disk.truncate(file, 2));
  ASSERT_TRUE(disk.sync(file));
  ASSERT_TRUE(disk.sync_folder(folder));
  EXPECT_EQ(content(path), "ab");
  EXPECT_EQ(base::as_text(read_at(disk.open_write(path, 0600).value(), 0, 9).value()), "ab");
}

TEST_F(SystemDiskTest, RemovingWhatIsNotThereIsDone) {
  EXPECT_TRUE(disk.remove(folder / "nothing"));
  EXPECT_TRUE(disk.remove_folder(folder / "nothing"));
  EXPECT_FALSE(disk.remove(folder).has_value());  // a folder is not a file
  ASSERT_TRUE(disk.make_folder(folder / "a", 0700));
  ASSERT_TRUE(disk.create(folder / "a" / "file", 0600).has_value());
  EXPECT_TRUE(disk.remove_folder(folder / "a"));
  EXPECT_FALSE(io::exists(folder / "a"));
}

TEST_F(SystemDiskTest, FoldersGetExactlyTheirMode) {
  mode_t before = umask(0077);
  EXPECT_TRUE(disk.make_folder(folder / "a", 0755));
  umask(before);
  EXPECT_EQ(mode_of(folder / "a"), 0755u);
  EXPECT_TRUE(disk.make_folder(folder / "a", 0700));  // existing is not an error
  EXPECT_EQ(mode_of(folder / "a"), 0755u);
  EXPECT_TRUE(disk.make_folder(folder / "b" / "c", 0700).error().is(errors::not_found));
}

TEST_F(SystemDiskTest, SymbolicLinksAreNotFollowed) {
  ASSERT_TRUE(disk.create(folder / "target", 0600).has_value());
  symlink("target", (folder / "link").c_str());
  EXPECT_FALSE(disk.open_read(folder / "link").has_value());
  EXPECT_FALSE(disk.open_write(folder / "link", 0600).has_value());
}

TEST_F(SystemDiskTest, ReadFileHasALimitAndReadsFilesOnly) {
  ASSERT_TRUE(replace_file(disk, folder / "file", base::as_bytes("12345")));
  EXPECT_EQ(read_file(disk, folder / "file", 5).value().size(), 5u);
  EXPECT_TRUE(read_file(disk, folder / "file", 4).error().is(errors::too_large));
  EXPECT_TRUE(read_file(disk, folder / "none", 4).error().is(errors::not_found));
  EXPECT_TRUE(read_file(disk, folder, 4).error().is(errors::system));
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(read_file(disk, folder / "pipe", 4).error().is(errors::system));  // and does not wait
}

TEST_F(SystemDiskTest, ListsSortedNames) {
  for (const char* name : {"b", "a", "C", ".hidden"})
    ASSERT_TRUE(disk.create(folder / name, 0600).has_value());
  EXPECT_EQ(list_folder(folder).value(), (std::vector<std::string>{".hidden", "C", "a", "b"}));
  EXPECT_TRUE(list_folder(folder / "none").error().is(errors::not_found));
}

TEST_F(SystemDiskTest, AFullDiskHasItsOwnCode) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_TRUE(disk.write_at(full, 0, base::as_bytes("x")).error().is(errors::no_space));
}

using ReplaceFileTest = FolderTest;

TEST_F(ReplaceFileTest, ReplacesWholeAndLeavesNothingBeside) {
  Path path = folder / "home.json";
  ASSERT_TRUE(replace_file(disk, path, base::as_bytes("a longer old content")));
  ASSERT_TRUE(replace_file(disk, path, base::as_bytes("new"), 0640));
  EXPECT_EQ(content(path), "new");
  EXPECT_EQ(mode_of(path), 0640u);
  EXPECT_EQ(list_folder(folder).value().size(), 1u);
}

TEST_F(ReplaceFileTest, GoesOverWhatAnInterruptedAttemptLeft) {
  Path path = folder / "home.json";
  ASSERT_TRUE(disk.create(folder / "home.json.new", 0600).has_value());
  EXPECT_TRUE(replace_file(disk, path, base::as_bytes("new")));
  EXPECT_EQ(content(path), "new");
}

TEST_F(ReplaceFileTest, EveryFailingStepLeavesTheOldOrTheNew) {
  Path path = folder / "home.json";
  FaultDisk counting(Fault::none, 0);
  ASSERT_TRUE(replace_file(counting, path, base::as_bytes("old content")));
  std::uint64_t steps = counting.steps();
  EXPECT_EQ(steps, 6u);  // remove, create, write, sync, rename, sync the folder
  for (Fault fault : {Fault::fail, Fault::no_space})
    for (std::uint64_t at = 1; at <= steps; ++at) {
      ASSERT_TRUE(replace_file(disk, path, base::as_bytes("old content")));
      FaultDisk failing(fault, at);
      base::Outcome outcome = replace_file(failing, path, base::as_bytes("new content"));
      ASSERT_FALSE(outcome.has_value()) << at;
      EXPECT_TRUE(outcome.error().is(fault == Fault::fail ? errors::system : errors::no_space));
      // Only after the rename is the new content there, and an error is still told.
      EXPECT_EQ(content(path), at < 6 ? "old content" : "new content") << at;
    }
}

// A child does the replacing and is killed at each step, as a power cut would.
TEST_F(ReplaceFileTest, EveryKilledStepLeavesTheOldOrTheNew) {
  Path path = folder / "home.json";
  int killed = 0;
  std::set<std::string> seen;
  for (Fault fault : {Fault::kill, Fault::kill_torn})
    for (std::uint64_t at = 1; at <= 6; ++at) {
      ASSERT_TRUE(replace_file(disk, path, base::as_bytes("old content")));
      pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        FaultDisk killing(fault, at);
        (void)replace_file(killing, path, base::as_bytes("new content"));
        _exit(7);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << at;
      ++killed;
      std::string found = content(path);
      EXPECT_TRUE(found == "old content" || found == "new content") << at << ": " << found;
      seen.insert(found);
      ASSERT_TRUE(replace_file(disk, path, base::as_bytes("after")));  // and work goes on
      EXPECT_EQ(content(path), "after");
    }
  EXPECT_EQ(killed, 12);
  EXPECT_EQ(seen.size(), 2u);
}

using FaultDiskTest = FolderTest;

TEST_F(FaultDiskTest, CountsEveryStepThatChangesSomething) {
  FaultDisk faulty(Fault::none, 0);
  ASSERT_TRUE(faulty.make_folder(folder / "a", 0700));
  Descriptor file = faulty.create(folder / "a" / "f", 0600).value();
  ASSERT_TRUE(faulty.write_at(file, 0, base::as_bytes("1234")));
  ASSERT_TRUE(faulty.truncate(file, 2));
  ASSERT_TRUE(faulty.sync(file));
  ASSERT_TRUE(faulty.sync_folder(folder));
  ASSERT_TRUE(faulty.rename(folder / "a" / "f", folder / "g"));
  ASSERT_TRUE(faulty.remove(folder / "g"));
  ASSERT_TRUE(faulty.remove_folder(folder / "a"));
  EXPECT_EQ(faulty.steps(), 9u);
  (void)faulty.open_read(folder / "none");
  EXPECT_EQ(faulty.steps(), 9u);
}

TEST_F(FaultDiskTest, AFullDiskStoresHalfOfTheBytes) {
  Descriptor file = disk.create(folder / "f", 0600).value();
  FaultDisk faulty(Fault::no_space, 2);
  ASSERT_TRUE(faulty.write_at(file, 0, base::as_bytes("whole")));
  EXPECT_TRUE(faulty.write_at(file, 5, base::as_bytes("torn")).error().is(errors::no_space));
  EXPECT_EQ(content(folder / "f"), "wholeto");
  EXPECT_TRUE(faulty.write_at(file, 7, base::as_bytes("!")));  // strikes once
}

using FileLockTest = FolderTest;

TEST_F(FileLockTest, IsExclusiveUntilItsOwnerGoes) {
  Path path = folder / "lock";
  {
    auto first = FileLock::take(path, deadline_in(0ms));
    ASSERT_TRUE(first.has_value());
    EXPECT_TRUE(FileLock::take(path, deadline_in(30ms)).error().is(errors::busy));
  }
  EXPECT_TRUE(FileLock::take(path, deadline_in(0ms)).has_value());
}

TEST_F(FileLockTest, EndsWithTheProcessThatHeldIt) {
  Path path = folder / "lock";
  DescriptorPair ready = pipe().value();
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto held = FileLock::take(path, deadline_in(0ms));
    [[maybe_unused]] ssize_t told = ::write(ready.second.number(), "x", 1);
    pause();
    _exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready.first.number(), &byte, 1), 1);
  EXPECT_TRUE(FileLock::take(path, deadline_in(0ms)).error().is(errors::busy));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::take(path, deadline_in(0ms)).has_value());
}

}  // namespace
}  // namespace cloister::io
