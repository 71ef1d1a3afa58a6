// SPDX-License-Identifier: Apache-2.0
// Kills the process, tears writes and fills the disk at every durable step of every change, then
// opens the home again: it must be in the old or the new state, and nothing that was acknowledged
// may be lost.
#include "cloister/io/fault_disk.hpp"

#include "home_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <set>

// Each point forks this program: what the sanitizer keeps of freed memory would be copied each
// time. NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=4";
}

namespace cloister::vault {
namespace {

constexpr const char* old_passphrase = "correct horse";  // as in the fixture
constexpr const char* new_passphrase = "battery staple";

// Counts the steps that FaultDisk counts, and remembers which of them are writes: only a write can
// be torn or run out of space half way.
class CountingDisk final : public io::SystemDisk {
 public:
  base::Result<io::Descriptor> create(const io::Path& path, mode_t mode) override {
    return step(), SystemDisk::create(path, mode);
  }
  base::Outcome write_at(const io::Descriptor& file, std::uint64_t offset,
                         base::ByteView bytes) override {
    step();
    writes.push_back(all.back());
    return SystemDisk::write_at(file, offset, bytes);
  }
  base::Outcome truncate(const io::Descriptor& file, std::uint64_t size) override {
    return step(), SystemDisk::truncate(file, size);
  }
  base::Outcome sync(const io::Descriptor& file) override { return step(), SystemDisk::sync(file); }
  base::Outcome sync_folder(const io::Path& folder) override {
    return step(), SystemDisk::sync_folder(folder);
  }
  base::Outcome rename(const io::Path& from, const io::Path& to) override {
    return step(), SystemDisk::rename(from, to);
  }
  base::Outcome remove(const io::Path& path) override { return step(), SystemDisk::remove(path); }
  base::Outcome remove_folder(const io::Path& path) override {
    return step(), SystemDisk::remove_folder(path);
  }
  base::Outcome make_folder(const io::Path& path, mode_t mode) override {
    return step(), SystemDisk::make_folder(path, mode);
  }

  std::vector<std::uint64_t> all;
  std::vector<std::uint64_t> writes;

 private:
  void step() { all.push_back(all.size() + 1); }
};

enum class At { every_step, every_write };

// One change, and how the home looks before and after it.
struct Scenario {
  std::string name;
  std::function<base::Outcome(Home&)> run;
  std::set<std::string> before;
  std::set<std::string> after;
  std::string entry;  // kind of the entry that stands exactly when the new state does
};

base::Outcome import_into(Home& home, const std::string& name, bool append,
                          const std::string& bytes) {
  CLOISTER_TRY(Draft draft, home.begin_version(name, append));
  write_text(draft.folder / "data.duckdb", bytes);
  CLOISTER_TRY(DatasetVersion version, home.commit(std::move(draft), entry_of("import"), {}));
  return home.finish();
}

base::Outcome then_finish(Home& home, base::Outcome done) {
  CLOISTER_TRY_DO(done);
  return home.finish();
}

std::string content_for(const std::string& title) {
  return sealed_bytes(std::hash<std::string>{}(title), 12'288 + 5'000);
}

std::vector<Scenario> scenarios() {
  const std::set<std::string> base{"a@1", "b@1"};
  return {
      {"import",
       [](Home& home) { return import_into(home, "n", false, content_for("n@1")); },
       base,
       {"a@1", "b@1", "n@1"},
       "import"},
      {"append",
       [](Home& home) { return import_into(home, "a", true, content_for("a@2")); },
       base,
       {"a@1", "a@2", "b@1"},
       "import"},
      {"passwd",
       [](Home& home) {
         return then_finish(home,
                            home.change_passphrase(secret(old_passphrase), secret(new_passphrase)));
       },
       base, base, "passwd"},
      {"shred",
       [](Home& home) { return then_finish(home, home.shred_dataset("b", entry_of("shred"))); },
       base,
       {"a@1"},
       "shred"},
      {"rm",
       [](Home& home) { return then_finish(home, home.remove_dataset("b", entry_of("rm"))); },
       base,
       {"a@1"},
       "rm"},
      {"rename",
       [](Home& home) {
         return then_finish(home, home.rename_dataset("b", "z", entry_of("rename")));
       },
       base,
       {"a@1", "z@1"},
       "rename"},
      {"record",
       [](Home& home) -> base::Outcome {
         CLOISTER_TRY_DO(home.record(entry_of("query")));
         CLOISTER_TRY_DO(home.record(entry_of("query")));
         return home.finish();
       },
       base, base, ""},
  };
}

class Crash : public HomeTest {
 protected:
  // A home with two datasets, and its recovery key, which opens without Argon2.
  void make_base() {
    create(&recovery_key_);
    auto home = unlocked(recovery_key_.c_str());
    for (const char* name : {"a", "b"})
      ASSERT_TRUE(import(*home, name, content_for(std::string(name) + "@1")));
    ASSERT_TRUE(home->finish());
    base_entries_ = home->ledger().head().size;
    home.reset();
    std::filesystem::rename(at(), folder_ / "base");
    ASSERT_EQ(std::filesystem::exists(at()), false);
  }

  void restore_base() {
    std::filesystem::remove_all(at());
    std::filesystem::copy(folder_ / "base", at(), std::filesystem::copy_options::recursive);
    // What cp does not keep and nothing may depend on: modes.
    std::filesystem::permissions(at(), std::filesystem::perms::owner_all);
  }

  // Opens the copy with a failing disk and runs the change; nothing when opening failed.
  base::Outcome run_with(io::Disk& disk, const Scenario& scenario) {
    CLOISTER_TRY(std::unique_ptr<Home> home, Home::open({disk, clock_, random_}, at()));
    CLOISTER_TRY_DO(home->unlock(secret(recovery_key_)));
    return scenario.run(*home);
  }

  std::vector<std::uint64_t> steps_of(const Scenario& scenario, At at_what) {
    restore_base();
    CountingDisk disk;
    auto done = run_with(disk, scenario);
    EXPECT_TRUE(done) << scenario.name << ": " << done.error().message;
    EXPECT_GT(disk.writes.size(), 2u);
    return at_what == At::every_write ? disk.writes : disk.all;
  }

  // Runs the change in a child that dies at the step.
  void run_and_die(const Scenario& scenario, io::Fault fault, std::uint64_t step) {
    pid_t child = fork();
    if (child == 0) {
      io::FaultDisk disk(fault, step);
      (void)run_with(disk, scenario);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << scenario.name << " did not reach step " << step;
  }

  // The home after the accident: read-only first, then repaired.
  void check(const Scenario& scenario) {
    ASSERT_EQ(state(recovery_key_.c_str()), "") << "before the repair";
    auto home = unlocked(recovery_key_.c_str());
    ASSERT_TRUE(home->unlocked());
    check_content(*home, scenario);
    check_folders(*home);
    ASSERT_TRUE(home->finish());
    home.reset();
    ASSERT_EQ(state(recovery_key_.c_str()), "") << "after the repair";
    // Nothing is left to repair: another opening writes no byte.
    auto repaired = content_of(at());
    unlocked(recovery_key_.c_str());
    ASSERT_EQ(content_of(at()), repaired);
  }

  void check_content(Home& home, const Scenario& scenario) {
    auto versions = home.datasets();
    ASSERT_TRUE(versions);
    std::set<std::string> titles;
    for (const DatasetVersion& version : *versions) {
      std::string title = version.dataset + "@" + std::to_string(version.version);
      titles.insert(title);
      auto sealed = home.open_dataset(version);
      ASSERT_TRUE(sealed) << sealed.error().message;
      std::string expected = content_for(title == "z@1" ? "b@1" : title);
      EXPECT_EQ(base::as_text(*io::read_at(sealed->file, 0, expected.size() + 1)), expected);
    }
    auto entries = home.entries(0, 1000);
    ASSERT_TRUE(entries);
    ASSERT_GE(entries->size(), base_entries_);
    auto fresh = entries->begin() + static_cast<std::ptrdiff_t>(base_entries_);
    auto named = std::count_if(fresh, entries->end(), [&](const ledger::StoredEntry& stored) {
      return stored.entry.kind == scenario.entry;
    });
    EXPECT_LE(named, 1);
    bool is_new = named == 1;
    if (scenario.before != scenario.after) {
      EXPECT_EQ(titles, is_new ? scenario.after : scenario.before);
    }
    if (scenario.entry == "passwd") {
      EXPECT_EQ(home.check_passphrase(secret(new_passphrase)).has_value(), is_new);
      EXPECT_EQ(home.check_passphrase(secret(passphrase)).has_value(), !is_new);
    }
    if (scenario.entry == "shred" && is_new) {
      EXPECT_EQ(home.find({"b", 1}).error().code, "vault.dataset-destroyed");
    }
  }

  void check_folders(Home& home) {
    EXPECT_TRUE(std::filesystem::is_empty(at() / "vault/staging"));
    std::set<std::string> live;
    auto versions = home.datasets();
    ASSERT_TRUE(versions);
    for (const DatasetVersion& version : *versions) live.insert(version.file_id);
    std::set<std::string> folders;
    for (const auto& item : std::filesystem::directory_iterator(at() / "vault/datasets"))
      folders.insert(item.path().filename());
    EXPECT_EQ(folders, live);
    for (const auto& [name, content] : content_of(at()))
      EXPECT_FALSE(name.ends_with(".new")) << name;
  }

  template <typename Strike>
  void strike_everywhere(const char* what, At at_what, Strike strike) {
    make_base();
    std::size_t points = 0;
    for (const Scenario& scenario : scenarios()) {
      for (std::uint64_t step : steps_of(scenario, at_what)) {
        SCOPED_TRACE(scenario.name + ", step " + std::to_string(step));
        restore_base();
        strike(scenario, step);
        check(scenario);
        if (HasFatalFailure() || HasNonfatalFailure()) return;
        ++points;
      }
    }
    std::printf("  %s at %zu points of import, append, passwd, shred, rm, rename and record\n",
                what, points);
  }

  // The same process goes on after the disk failed once.
  void fail_and_go_on(const Scenario& scenario, io::Fault fault, std::uint64_t step) {
    io::FaultDisk disk(fault, step);
    auto home = Home::open({disk, clock_, random_}, at());
    ASSERT_TRUE(home);
    ASSERT_TRUE((*home)->unlock(secret(recovery_key_)));
    auto done = scenario.run(**home);
    if (!done) {
      EXPECT_TRUE(done.error().code == "io.no-space" || done.error().code == "io.system")
          << done.error().code << ": " << done.error().message;
    }
    ASSERT_TRUE((*home)->datasets());
    ASSERT_TRUE((*home)->record(entry_of("query")));
    auto finished = (*home)->finish();
    ASSERT_TRUE(finished) << finished.error().message;
  }

  std::string recovery_key_;
  std::uint64_t base_entries_ = 0;
};

TEST_F(Crash, KilledAtEveryStepLeavesTheOldOrTheNewState) {
  strike_everywhere("killed", At::every_step, [&](const Scenario& scenario, std::uint64_t step) {
    run_and_die(scenario, io::Fault::kill, step);
  });
}

TEST_F(Crash, TornAtEveryWriteLeavesTheOldOrTheNewState) {
  strike_everywhere("torn", At::every_write, [&](const Scenario& scenario, std::uint64_t step) {
    run_and_die(scenario, io::Fault::kill_torn, step);
  });
}

TEST_F(Crash, AFullDiskAtEveryWriteLosesNothing) {
  strike_everywhere("out of space", At::every_write,
                    [&](const Scenario& scenario, std::uint64_t step) {
                      fail_and_go_on(scenario, io::Fault::no_space, step);
                    });
}

TEST_F(Crash, AFailingDiskAtEveryStepLosesNothing) {
  strike_everywhere("failed", At::every_step, [&](const Scenario& scenario, std::uint64_t step) {
    fail_and_go_on(scenario, io::Fault::fail, step);
  });
}

// A new epoch of the signing key is due: the ledger's key changes together with the checkpoint.
TEST_F(Crash, KilledWhileTheSigningKeyChanges) {
  make_base();
  clock_.advance(std::chrono::hours(25));
  Scenario scenario{"epoch",
                    [](Home& home) { return then_finish(home, home.record(entry_of("query"))); },
                    {},
                    {},
                    ""};
  std::vector<std::uint64_t> steps = steps_of(scenario, At::every_step);
  for (std::uint64_t step : steps) {
    SCOPED_TRACE(step);
    restore_base();
    run_and_die(scenario, io::Fault::kill, step);
    check(scenario);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
  restore_base();
  auto home = unlocked(recovery_key_.c_str());
  EXPECT_EQ(home->ledger().epoch(), 0u);
  ASSERT_TRUE(home->record(entry_of("query")));
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(home->ledger().epoch(), 1u);
  std::printf("  killed at %zu points of a change of the signing key\n", steps.size());
}

TEST_F(Crash, AnInterruptedInitIsNoHome) {
  auto make = [&](io::Disk& disk) {
    return Home::create({disk, clock_, random_}, at(), "ada", secret(passphrase), nullptr, cheap);
  };
  io::FaultDisk counting(io::Fault::none, 0);
  ASSERT_TRUE(make(counting));
  for (std::uint64_t step = 1; step <= counting.steps(); ++step) {
    SCOPED_TRACE(step);
    std::filesystem::remove_all(at());
    io::FaultDisk disk(io::Fault::fail, step);
    auto made = make(disk);
    if (std::filesystem::exists(at() / "home.json")) {
      EXPECT_EQ(state(), "");
    } else {
      EXPECT_FALSE(made);
      EXPECT_FALSE(Home::open(services(), at()));
    }
  }
}

}  // namespace
}  // namespace cloister::vault
