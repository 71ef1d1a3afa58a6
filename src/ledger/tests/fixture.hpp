// SPDX-License-Identifier: Apache-2.0
// A ledger in a temporary folder, with fixed keys and a clock by hand.
#pragma once

#include "cloister/ledger/ledger.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

namespace cloister::ledger {

inline crypto::SigningKey signing_key(unsigned number) {
  base::SecretBytes seed(32);
  seed.writable()[0] = static_cast<std::byte>(number + 1);
  return crypto::SigningKey::from_seed(std::move(seed));
}

inline EpochKey epoch_key(std::uint64_t epoch) {
  return {epoch, signing_key(static_cast<unsigned>(epoch))};
}

inline crypto::BoxKeyPair body_keys() {
  base::SecretBytes secret(32);
  secret.writable()[0] = std::byte{77};
  return crypto::BoxKeyPair::from_secret(std::move(secret));
}

inline PublicKeys public_keys() {
  return {"cloister/test", signing_key(0).verify_key(), body_keys().public_key};
}

inline Entry query(std::uint64_t number) {
  return {
      "query",
      "ada",
      "trial@1",
      "research",
      "allow",
      {{"rows", static_cast<std::int64_t>(number)}, {"text", "select * from trial where id = ?"}}};
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    // In memory where that is possible: these tests write many thousand files.
    io::Path parent = access("/dev/shm", W_OK) == 0 ? io::Path("/dev/shm")
                                                    : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "ledger-XXXXXX").native();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const io::Path& path() const { return path_; }

 private:
  io::Path path_;
};

// Every file below a folder by its path relative to it.
using Files = std::map<std::string, std::string>;

inline std::string file_text(const io::Path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const io::Path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline Files files_in(const io::Path& folder) {
  Files files;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder))
    if (item.is_regular_file())
      files[item.path().lexically_relative(folder).native()] = file_text(item.path());
  return files;
}

inline void restore(const io::Path& folder, const Files& files) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, text] : files) write_text(folder / name, text);
}

// What these tests show does not depend on the machine staying up: no waiting for the platter.
class HastyDisk final : public io::SystemDisk {
 public:
  base::Outcome sync(const io::Descriptor&) override { return {}; }
  base::Outcome sync_folder(const io::Path&) override { return {}; }
};

class LedgerFixture : public testing::Test {
 protected:
  LedgerFixture() {
    clock.set_wall_time(base::WallTime{base::Microseconds{1'764'100'000'000'000}});
  }

  Environment environment() { return {disk, clock, random}; }
  void create() { ASSERT_TRUE(Ledger::create(environment(), folder, keys, epoch_key(0))); }
  std::unique_ptr<Ledger> open() {
    auto opened = Ledger::open(environment(), folder, keys);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return opened ? *std::move(opened) : nullptr;
  }
  // `count` entries, the clock moving one second before each.
  void append(Ledger& ledger, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      clock.advance(base::Microseconds{1'000'000});
      auto sequence = ledger.append(query(ledger.head().size));
      ASSERT_TRUE(sequence) << sequence.error().message;
    }
  }
  // A new ledger with `count` entries under a checkpoint.
  std::unique_ptr<Ledger> filled(std::uint64_t count) {
    create();
    auto ledger = open();
    append(*ledger, count);
    EXPECT_TRUE(ledger->checkpoint(epoch_key(0)));
    return ledger;
  }
  VerifyReport verify(std::string against = {}, bool with_bodies = true) {
    VerifyOptions options;
    crypto::BoxKeyPair bodies = body_keys();
    if (with_bodies) options.bodies = &bodies;
    options.against = std::move(against);
    auto report = Ledger::verify_folder(environment(), folder, keys, options);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report ? *report : VerifyReport{};
  }

  TemporaryFolder temporary;
  io::Path folder = temporary.path() / "ledger";
  HastyDisk disk;
  base::ManualClock clock;
  base::SeededRandom random{7};
  PublicKeys keys = public_keys();
};

}  // namespace cloister::ledger
