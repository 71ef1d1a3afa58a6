// SPDX-License-Identifier: Apache-2.0
// Whatever somebody changes offline in home.json or vault/ is an integrity error.
#include "home_fixture.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace cloister::vault {
namespace {

class Tamper : public HomeTest {
 protected:
  // A home with two datasets, a copy of an earlier state of it, and the recovery key.
  void make_home() {
    create(&recovery_key_);
    {
      auto home = unlocked(recovery_key_.c_str());
      ASSERT_TRUE(import(*home, "one", sealed_bytes(1, 12'288 + 3 * 262'144)));
      ASSERT_TRUE(import(*home, "two", sealed_bytes(2, 12'288 + 3 * 262'144)));
      ASSERT_TRUE(home->finish());
    }
    copy(at(), folder_ / "old");
    for (int i = 0; i < 2; ++i) {
      auto home = unlocked(recovery_key_.c_str());
      ASSERT_TRUE(import(*home, "one", sealed_bytes(3, 20'000), i > 0 || true));
      ASSERT_TRUE(home->finish());
    }
    copy(at(), folder_ / "good");
    ASSERT_EQ(now(), "");
  }
  static void copy(const io::Path& from, const io::Path& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  std::string now() { return state(recovery_key_.c_str()); }

  // Applies a change to a fresh copy and expects it to be found.
  void expect_found(const std::string& what, const std::function<void()>& change) {
    copy(folder_ / "good", at());
    change();
    std::string found = now();
    EXPECT_TRUE(found == "vault.damaged" || found == "vault.rolled-back" ||
                found == "ledger.damaged" || found == "vault.wrong-passphrase")
        << what << ": '" << found << "'";
    ++cases_;
  }
  void edit(const std::string& file, const std::function<void(std::string&)>& change) {
    std::string bytes = read_text(at() / file);
    change(bytes);
    write_text(at() / file, bytes);
  }
  std::vector<std::string> own_files() {
    std::vector<std::string> files;
    for (const auto& [name, content] : content_of(folder_ / "good"))
      if (name == "home.json" || name.starts_with("vault/")) files.push_back(name);
    return files;
  }

  std::string recovery_key_;
  int cases_ = 0;
};

TEST_F(Tamper, EveryChangedByteTruncationAndAdditionIsFound) {
  make_home();
  base::SeededRandom random(7);
  for (const std::string& file : own_files()) {
    std::size_t size = read_text(folder_ / "good" / file).size();
    std::vector<std::size_t> places{0, size / 2, size - 1};
    for (int i = 0; i < 5; ++i) places.push_back(random.next() % size);
    for (std::size_t place : places)
      expect_found(file + " flipped at " + std::to_string(place), [&] {
        edit(file, [&](std::string& bytes) { bytes[place] ^= static_cast<char>(1 << place % 8); });
      });
    expect_found(file + " shorter", [&] { edit(file, [](auto& bytes) { bytes.pop_back(); }); });
    expect_found(file + " empty", [&] { edit(file, [](auto& bytes) { bytes.clear(); }); });
    expect_found(file + " longer", [&] { edit(file, [](auto& bytes) { bytes += '\n'; }); });
    expect_found(file + " removed", [&] { std::filesystem::remove(at() / file); });
  }
  std::printf("  %d cases\n", cases_);
}

// Every single byte of the small files, which are what decides over everything else.
TEST_F(Tamper, EveryByteOfTheKeyFileCounts) {
  make_home();
  for (const std::string file : {"home.json", "vault/keys", "vault/head", "vault/epoch"}) {
    std::size_t size = read_text(folder_ / "good" / file).size();
    for (std::size_t place = 0; place < size; place += 3)
      expect_found(file + " at " + std::to_string(place), [&] {
        edit(file, [&](std::string& bytes) { bytes[place] ^= static_cast<char>(1 << place % 7); });
      });
  }
}

TEST_F(Tamper, ExchangedBlocksAndFilesAreFound) {
  make_home();
  std::vector<std::string> sealed;
  for (const std::string& file : own_files())
    if (file.ends_with("data.duckdb")) sealed.push_back(file);
  ASSERT_GE(sealed.size(), 3u);
  for (const std::string& file : sealed)
    expect_found(file + " blocks", [&] {
      edit(file, [](std::string& bytes) {
        if (bytes.size() > 12'288 + 2 * 262'144)
          std::swap_ranges(bytes.begin() + 12'288, bytes.begin() + 12'288 + 262'144,
                           bytes.begin() + 12'288 + 262'144);
        else
          std::reverse(bytes.begin(), bytes.end());
      });
    });
  std::vector<std::string> files = own_files();
  for (std::size_t i = 0; i < files.size(); ++i)
    for (std::size_t j = i + 1; j < files.size(); ++j) {
      if (read_text(folder_ / "good" / files[i]) == read_text(folder_ / "good" / files[j]))
        continue;
      expect_found(files[i] + " <-> " + files[j], [&] {
        std::string first = read_text(at() / files[i]);
        write_text(at() / files[i], read_text(at() / files[j]));
        write_text(at() / files[j], first);
      });
      expect_found(files[i] + " -> " + files[j],
                   [&] { write_text(at() / files[j], read_text(at() / files[i])); });
    }
  std::printf("  %d cases\n", cases_);
}

TEST_F(Tamper, EveryOlderFileIsFound) {
  make_home();
  int older = 0;
  for (const std::string& file : own_files()) {
    std::string old = read_text(folder_ / "old" / file);
    if (old.empty() || old == read_text(folder_ / "good" / file)) continue;
    ++older;
    expect_found(file + " of an earlier state", [&] { write_text(at() / file, old); });
  }
  EXPECT_GE(older, 2);  // catalogue and head at the least
  expect_found("whole vault, ledger kept", [&] { copy(folder_ / "old/vault", at() / "vault"); });
  expect_found("whole ledger, vault kept", [&] { copy(folder_ / "old/ledger", at() / "ledger"); });
  expect_found("no ledger", [&] { std::filesystem::remove_all(at() / "ledger"); });
}

TEST_F(Tamper, StrangersInTheVaultAreFound) {
  make_home();
  std::string one;
  for (const std::string& file : own_files())
    if (file.ends_with("manifest")) one = io::Path(file).parent_path().filename();
  for (const std::string file :
       {std::string("vault/note"), std::string("vault/datasets/0123456789abcdef"),
        "vault/datasets/" + one + "/data.duckdb.wal"})
    expect_found(file, [&] { write_text(at() / file, "x"); });
}

// A copy of everything from before a shredding, put back in any combination.
TEST_F(Tamper, WhatWasShreddedStaysUnreadable) {
  make_home();
  copy(folder_ / "good", at());
  copy(folder_ / "good", folder_ / "before");
  {
    auto home = unlocked(recovery_key_.c_str());
    ASSERT_TRUE(home->shred_dataset("two", entry_of("shred")));
    ASSERT_TRUE(home->finish());
  }
  copy(at(), folder_ / "good");
  ASSERT_EQ(now(), "");
  auto readable = [&] {
    auto home = Home::open(services(), at());
    if (!home || !(*home)->unlock(secret(recovery_key_))) return false;
    auto found = (*home)->find({"two", std::nullopt});
    return found && (*home)->open_dataset(*found).has_value();
  };
  EXPECT_FALSE(readable());
  std::vector<std::string> old;
  for (const auto& [name, content] : content_of(folder_ / "before"))
    if (name.starts_with("vault/")) old.push_back(name);
  auto put_back = [&](const std::string& name) {
    std::filesystem::create_directories((at() / name).parent_path());
    write_text(at() / name, read_text(folder_ / "before" / name));
  };
  for (const std::string& name : old) {
    copy(folder_ / "good", at());
    put_back(name);
    EXPECT_FALSE(readable()) << name;
  }
  copy(folder_ / "good", at());
  for (const std::string& name : old) put_back(name);
  EXPECT_EQ(now(), "vault.rolled-back");
  EXPECT_FALSE(readable());
  // All but one: no mixture works either.
  for (const std::string& kept : old) {
    copy(folder_ / "good", at());
    for (const std::string& name : old)
      if (name != kept) put_back(name);
    EXPECT_FALSE(readable()) << "all but " << kept;
  }
}

TEST_F(Tamper, AnEarlierPassphraseNeverComesBack) {
  make_home();
  copy(folder_ / "good", at());
  copy(folder_ / "good", folder_ / "before");
  {
    auto home = unlocked(recovery_key_.c_str());
    ASSERT_TRUE(home->change_passphrase(secret(passphrase), secret("battery staple")));
    ASSERT_TRUE(home->finish());
  }
  EXPECT_EQ(state(), "vault.wrong-passphrase");
  write_text(at() / "vault/keys", read_text(folder_ / "before/vault/keys"));
  EXPECT_EQ(state(), "vault.damaged");
  copy(folder_ / "before/vault", at() / "vault");
  EXPECT_EQ(state(), "vault.rolled-back");
}

}  // namespace
}  // namespace cloister::vault
