// SPDX-License-Identifier: Apache-2.0
// Durable appends to the ledger, in turns with SQLite (WAL, synchronous=FULL) doing the same.
// bench-ledger-append FOLDER [ROUNDS]: one JSON line for each measurement.
// bench-ledger-append FOLDER --open ENTRIES: how long a large ledger takes to open.
#include "cloister/ledger/ledger.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace cloister;

namespace {

using Seconds = std::chrono::duration<double>;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "bench-ledger-append: {}\n", why);
  std::exit(1);
}

// What a query leaves behind: both sides store the same.
const char* const detail =
    R"({"columns":12,"rows":4711,"statement":"select region, avg(age) from survey where year > ? group by region"})";

double seconds_since(std::chrono::steady_clock::time_point start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

// For filling a large ledger: how it was made is not what is measured then.
class HastyDisk final : public io::SystemDisk {
 public:
  base::Outcome sync(const io::Descriptor&) override { return {}; }
};

class Ours {
 public:
  Ours(const io::Path& folder, io::Disk& disk)
      : disk_(disk),
        folder_(folder),
        key_{0, crypto::SigningKey::generate(random_)},
        bodies_(crypto::BoxKeyPair::generate(random_)),
        keys_{"cloister/bench", key_.key.verify_key(), bodies_.public_key} {
    if (auto made = ledger::Ledger::create(environment(), folder_, keys_, key_); !made)
      give_up(made.error().message);
    open();
    entry_ = {"query",    "ada",   "survey@1",
              "research", "allow", boost::json::parse(detail).as_object()};
  }
  void append() {
    if (auto done = ledger_->append(entry_); !done) give_up(done.error().message);
  }
  double checkpoint() {
    auto start = std::chrono::steady_clock::now();
    if (auto done = ledger_->checkpoint(key_); !done) give_up(done.error().message);
    return seconds_since(start);
  }
  double open() {
    ledger_.reset();
    auto start = std::chrono::steady_clock::now();
    auto opened = ledger::Ledger::open(environment(), folder_, keys_);
    if (!opened) give_up(opened.error().message);
    ledger_ = *std::move(opened);
    return seconds_since(start);
  }
  double read_last(std::uint64_t count) {
    auto start = std::chrono::steady_clock::now();
    std::uint64_t size = ledger_->head().size;
    if (auto read = ledger_->read(size - count, size, bodies_); !read)
      give_up(read.error().message);
    return seconds_since(start);
  }
  double verify() {
    auto start = std::chrono::steady_clock::now();
    auto report = ledger_->verify({});
    if (!report || !report->ok) give_up("the ledger does not verify");
    return seconds_since(start);
  }

 private:
  ledger::Environment environment() { return {disk_, clock_, random_}; }

  io::Disk& disk_;
  io::Path folder_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  ledger::EpochKey key_;
  crypto::BoxKeyPair bodies_;
  ledger::PublicKeys keys_;
  std::unique_ptr<ledger::Ledger> ledger_;
  ledger::Entry entry_;
};

// One connection behind a mutex: faster than a connection for each thread, whose busy handler
// sleeps. The strongest form of the reference that we know.
class Sqlite {
 public:
  explicit Sqlite(const io::Path& file) {
    check(sqlite3_open(file.c_str(), &database_));
    run("pragma journal_mode=wal");
    run("pragma synchronous=full");
    run("create table entries(sequence integer primary key, time integer, kind text, who text, "
        "dataset text, purpose text, decision text, detail text)");
    check(
        sqlite3_prepare_v2(database_,
                           "insert into entries(time, kind, who, dataset, purpose, decision, "
                           "detail) values(?, 'query', 'ada', 'survey@1', 'research', 'allow', ?)",
                           -1, &insert_, nullptr));
  }
  ~Sqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  void append() {
    std::lock_guard lock(mutex_);
    check(sqlite3_bind_int64(insert_, 1, clock_.now().time_since_epoch().count()));
    check(sqlite3_bind_text(insert_, 2, detail, -1, SQLITE_STATIC));
    if (sqlite3_step(insert_) != SQLITE_DONE) give_up(sqlite3_errmsg(database_));
    check(sqlite3_reset(insert_));
  }

 private:
  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) {
    if (code != SQLITE_OK) give_up(sqlite3_errmsg(database_));
  }
  std::mutex mutex_;
  base::SystemClock clock_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

double seconds_of(unsigned writers, unsigned each, const std::function<void()>& append) {
  auto start = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      for (unsigned k = 0; k < each; ++k) append();
    });
  threads.clear();
  return seconds_since(start);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void measure(Ours& ours, Sqlite& sqlite, unsigned writers, unsigned each, unsigned rounds) {
  std::vector<double> our_times;
  std::vector<double> their_times;
  std::vector<double> ratios;
  for (unsigned round = 0; round < rounds; ++round) {
    // In turns, and each side first as often as the other: the machine is never quiet.
    bool first = round % 2 == 0;
    double mine = first ? seconds_of(writers, each, [&] { ours.append(); }) : 0;
    double theirs = seconds_of(writers, each, [&] { sqlite.append(); });
    if (!first) mine = seconds_of(writers, each, [&] { ours.append(); });
    our_times.push_back(mine / (writers * each) * 1e6);
    their_times.push_back(theirs / (writers * each) * 1e6);
    ratios.push_back(mine / theirs);
  }
  fmt::print(
      R"({{"name":"ledger-append, {} writer{}","value":{:.1f},"unit":"us/entry","reference":{:.1f},"ratio":{:.3f},"better":"lower"}})"
      "\n",
      writers, writers == 1 ? "" : "s", median(our_times), median(their_times), median(ratios));
  std::fflush(stdout);
}

// How long a large ledger takes to open: stated, not compared.
void measure_opening(const io::Path& folder, std::uint64_t entries) {
  HastyDisk disk;
  Ours ours(folder, disk);
  double made = seconds_of(2, static_cast<unsigned>(entries / 2), [&] { ours.append(); });
  double checkpoint = ours.checkpoint();
  double first = ours.open();
  fmt::print(stderr,
             "{} entries: appended without syncs in {:.1f} s, checkpoint {:.2f} s, opened in "
             "{:.1f} and {:.1f} ms, "
             "last 100 read in {:.1f} ms, verified without the key in {:.2f} s\n",
             entries, made, checkpoint, first * 1e3, ours.open() * 1e3, ours.read_last(100) * 1e3,
             ours.verify());
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) give_up("usage: bench-ledger-append FOLDER [ROUNDS] | FOLDER --open ENTRIES");
  io::Path folder = arguments[1];
  if (count == 4 && std::string_view(arguments[2]) == "--open") {
    measure_opening(folder / "large", std::strtoull(arguments[3], nullptr, 10));
    return 0;
  }
  auto rounds = static_cast<unsigned>(count > 2 ? std::max(1, std::atoi(arguments[2])) : 15);
  io::SystemDisk disk;
  Ours ours(folder / "ledger", disk);
  Sqlite sqlite(folder / "reference.db");
  measure(ours, sqlite, 1, 100, rounds);
  measure(ours, sqlite, 32, 10, rounds);
  fmt::print(stderr, "checkpoint over all of it: {:.1f} ms\n", ours.checkpoint() * 1e3);
}
