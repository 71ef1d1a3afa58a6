// SPDX-License-Identifier: Apache-2.0
// A home in a temporary folder, with the cheapest passphrase that the vault accepts.
#pragma once

#include "cloister/io/disk.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/vault/home.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace cloister::vault {

inline constexpr crypto::PassphraseCost cheap{2, 19u << 10};

inline base::SecretBytes secret(std::string_view text) {
  return base::SecretBytes::copy_of(text);
}

inline std::string read_text(const io::Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
inline void write_text(const io::Path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// All files below a folder and what is in them.
inline std::map<std::string, std::string> content_of(const io::Path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder))
    if (item.is_regular_file())
      files[item.path().lexically_relative(folder).native()] = read_text(item.path());
  return files;
}

inline ledger::Entry entry_of(std::string kind) {
  ledger::Entry entry;
  entry.kind = std::move(kind);
  entry.who = "ada";
  return entry;
}

// What a worker would have written: deterministic bytes of a given size.
inline std::string sealed_bytes(std::uint64_t seed, std::size_t size) {
  base::SeededRandom random(seed);
  std::string bytes(size, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

class HomeTest : public testing::Test {
 protected:
  HomeTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vault-test-XXXXXX").native();
    folder_ = mkdtemp(pattern.data());
    clock_.set_wall_time(*base::parse_rfc3339("2026-11-25T12:00:00Z"));
  }
  ~HomeTest() override { std::filesystem::remove_all(folder_); }

  io::Path at() const { return folder_ / "home"; }
  Services services() { return {disk_, clock_, random_}; }

  void create(std::string* recovery_key = nullptr) {
    auto made = Home::create(services(), at(), "ada", secret(passphrase), recovery_key, cheap);
    ASSERT_TRUE(made) << made.error().message;
  }
  std::unique_ptr<Home> open() {
    auto home = Home::open(services(), at());
    EXPECT_TRUE(home) << home.error().message;
    return home ? *std::move(home) : nullptr;
  }
  std::unique_ptr<Home> unlocked(const char* with = passphrase) {
    auto home = open();
    auto done = home->unlock(secret(with));
    EXPECT_TRUE(done) << done.error().code << ": " << done.error().message;
    return home;
  }
  static base::Result<DatasetVersion> import(Home& home, const std::string& name,
                                             const std::string& bytes, bool append = false) {
    CLOISTER_TRY(Draft draft, home.begin_version(name, append));
    write_text(draft.folder / "data.duckdb", bytes);
    draft.version.rows = 7;
    draft.version.columns = {{"id", "BIGINT"}, {"name", "VARCHAR"}};
    return home.commit(std::move(draft), entry_of("import"), {});
  }
  // What opening, unlocking and verifying this home says: "" when all is well.
  std::string state(const char* with = passphrase) {
    auto home = Home::open_read_only(services(), at());
    if (!home) return home.error().code;
    if (auto done = (*home)->unlock(secret(with)); !done) return done.error().code;
    auto damage = (*home)->verify("", {}, {});
    if (!damage) return damage.error().code;
    return damage->empty() ? "" : "vault.damaged";
  }

  static constexpr const char* passphrase = "correct horse";
  io::Path folder_;
  io::SystemDisk disk_;
  base::ManualClock clock_;
  base::SystemRandom random_;
};

}  // namespace cloister::vault
