// SPDX-License-Identifier: Apache-2.0
// Every step of every change goes wrong once: an error, a full disk, SIGKILL before and in it.
#include "cloister/io/fault_disk.hpp"

#include "contents_fixture.hpp"

#include <signal.h>
#include <sys/wait.h>

namespace cloister::contents {
namespace {

using io::Fault;
using io::FaultDisk;

struct ContentsCrash : ContentsTest {
  std::string old_bytes;
  std::string new_bytes;

  // The workspace before each attempt: a notebook and a file, with a checkpoint each.
  void prepare() {
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root / "d");
    std::filesystem::remove(home / "trusted");
    reopen({});
    EXPECT_EQ(code_of_save("n.ipynb", notebook(small_notebook)), "saved");
    EXPECT_EQ(code_of_save("a.txt", text("old")), "saved");
    EXPECT_TRUE(contents->create_checkpoint("a.txt").has_value());
  }

  using Change = std::function<bool(Contents&)>;
  using Check = std::function<void()>;

  std::uint64_t steps_of(const Change& change) {
    prepare();
    FaultDisk counting(Fault::none, 0);
    reopen(counting, {});
    EXPECT_TRUE(change(*contents));
    return counting.steps();
  }

  void fail_at(Fault fault, std::uint64_t at, const Change& change) {
    prepare();
    FaultDisk faulty(fault, at);
    reopen(faulty, {});
    (void)change(*contents);
    contents.reset();
  }

  void kill_at(Fault fault, std::uint64_t at, const Change& change) {
    prepare();
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      FaultDisk killing(fault, at);
      reopen(killing, {});
      (void)change(*contents);
      _exit(7);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << at;
  }

  // After each fault the check holds, and the same change succeeds on a good disk.
  void tear(std::string_view name, const Change& change, const Check& check) {
    std::uint64_t steps = steps_of(change);
    ASSERT_GT(steps, 0u);
    std::size_t points = 0;
    for (Fault fault : {Fault::fail, Fault::no_space, Fault::kill, Fault::kill_torn})
      for (std::uint64_t at = 1; at <= steps; ++at, ++points) {
        SCOPED_TRACE(std::string(name) + " at step " + std::to_string(at));
        bool kills = fault == Fault::kill || fault == Fault::kill_torn;
        if (kills)
          kill_at(fault, at, change);
        else
          fail_at(fault, at, change);
        check();
        reopen({});
        (void)change(*contents);
        check();
      }
    std::cout << name << ": " << points << " points of failure, none left half a file\n";
  }
};

TEST_F(ContentsCrash, ANotebookIsNeverHalfSaved) {
  prepare();
  old_bytes = at("n.ipynb");
  ASSERT_EQ(code_of_save("n.ipynb", notebook(rich_notebook)), "saved");
  new_bytes = at("n.ipynb");
  tear(
      "save of a notebook",
      [](Contents& used) { return used.save("n.ipynb", notebook(rich_notebook)).has_value(); },
      [&] {
        std::string found = at("n.ipynb");
        EXPECT_TRUE(found == old_bytes || found == new_bytes) << found;
        EXPECT_EQ(at(".ipynb_checkpoints/n-checkpoint.ipynb"), old_bytes);
      });
}

TEST_F(ContentsCrash, ANewNotebookIsThereOrNot) {
  tear(
      "save of a new notebook",
      [](Contents& used) { return used.save("d/m.ipynb", notebook(rich_notebook)).has_value(); },
      [&] {
        if (io::exists(root / "d/m.ipynb"))
          EXPECT_TRUE(wire::read_notebook(at("d/m.ipynb"), random).has_value());
      });
}

TEST_F(ContentsCrash, AnUploadIsThereOrNot) {
  tear(
      "upload in three parts",
      [](Contents& used) {
        return used.save("a.txt", chunk(1, "new ")) && used.save("a.txt", chunk(2, "con")) &&
               used.save("a.txt", chunk(-1, "tent"));
      },
      [&] { EXPECT_TRUE(at("a.txt") == "old" || at("a.txt") == "new content") << at("a.txt"); });
}

TEST_F(ContentsCrash, ARestoreIsWholeOrNot) {
  tear(
      "restore of a checkpoint",
      [](Contents& used) { return used.restore_checkpoint("a.txt", "checkpoint").has_value(); },
      [&] { EXPECT_EQ(at("a.txt"), "old"); });
}

TEST_F(ContentsCrash, ARenamedFileHasOneName) {
  tear(
      "rename", [](Contents& used) { return used.rename("a.txt", "d/b.txt").has_value(); },
      [&] {
        bool here = io::exists(root / "a.txt");
        EXPECT_NE(here, io::exists(root / "d/b.txt"));
        EXPECT_EQ(at(here ? "a.txt" : "d/b.txt"), "old");
      });
}

TEST_F(ContentsCrash, ADeletedFileIsHereOrInTheTrash) {
  tear(
      "delete", [](Contents& used) { return used.remove("a.txt").has_value(); },
      [&] {
        if (io::exists(root / "a.txt")) {
          EXPECT_EQ(at("a.txt"), "old");
          return;
        }
        io::Path files = root / (".Trash-" + std::to_string(geteuid())) / "files";
        EXPECT_EQ(read(std::filesystem::directory_iterator(files)->path()), "old");
      });
}

TEST_F(ContentsCrash, ACopiedFolderIsWholeOrNot) {
  tear(
      "copy of a folder",
      [&](Contents& used) {
        std::filesystem::create_directories(root / "d/e");
        std::ofstream(root / "d/e/f") << "inside";
        return used.copy("d", "").has_value();
      },
      [&] {
        if (io::exists(root / "d-Copy1")) EXPECT_EQ(at("d-Copy1/e/f"), "inside");
      });
}

TEST_F(ContentsCrash, AFullDiskIsSaidSo) {
  prepare();
  for (std::uint64_t step = 1; step < 4; ++step) {
    FaultDisk full(Fault::no_space, step);
    reopen(full, {});
    auto refused = contents->save("a.txt", text(std::string(1000, 'x')));
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().is(errors::disk_full));
    EXPECT_EQ(http_status(refused.error()), 507);
    EXPECT_EQ(at("a.txt"), "old");
    EXPECT_EQ(listed("").size(), 3u);
    EXPECT_FALSE(io::exists(root / ".~a.txt"));
  }
}

}  // namespace
}  // namespace cloister::contents
