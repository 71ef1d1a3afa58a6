// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/hash.hpp"
#include "cloister/vault/manifest.hpp"

#include "home_fixture.hpp"

namespace cloister::vault {
namespace {

class HomeLife : public HomeTest {};

TEST_F(HomeLife, ADatasetComesBackAsItWasSealed) {
  create();
  std::string bytes = sealed_bytes(1, 12'288 + 262'144 + 100);
  {
    auto home = unlocked();
    auto version = import(*home, "Patients", bytes);
    ASSERT_TRUE(version) << version.error().message;
    EXPECT_EQ(version->version, 1u);
    ASSERT_TRUE(home->finish());
  }
  auto home = unlocked();
  auto found = home->find({"patients", std::nullopt});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->dataset, "Patients");
  EXPECT_EQ(found->rows, 7u);
  ASSERT_EQ(found->columns.size(), 2u);
  EXPECT_EQ(found->columns[1].type, "VARCHAR");
  EXPECT_EQ(found->bytes_stored, bytes.size());
  auto sealed = home->open_dataset(*found);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->key.size(), 32u);
  EXPECT_EQ(base::as_text(*io::read_at(sealed->file, 0, bytes.size())), bytes);
  ASSERT_EQ(sealed->block_hashes.size(), 3u);
  EXPECT_EQ(sealed->block_hashes[0], crypto::sha256(base::as_bytes(bytes).first(12'288)));
  EXPECT_EQ(sealed->block_hashes[2], crypto::sha256(base::as_bytes(bytes).last(100)));
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, TheKeyOfADraftIsTheKeyOfTheVersion) {
  create();
  auto home = unlocked();
  auto draft = home->begin_version("a", false);
  ASSERT_TRUE(draft);
  base::SecretBytes key = draft->key.clone();
  write_text(draft->folder / "data.duckdb", "sealed");
  auto version = home->commit(*std::move(draft), entry_of("import"), {});
  ASSERT_TRUE(version);
  EXPECT_EQ(home->open_dataset(*version)->key.text(), key.text());
  auto again = unlocked();
  EXPECT_EQ(again->open_dataset(*version)->key.text(), key.text());
}

TEST_F(HomeLife, AWrongPassphraseIsLockedAndRecorded) {
  create();
  {
    auto home = open();
    auto done = home->unlock(secret("wrong"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, "vault.wrong-passphrase");
    EXPECT_EQ(done.error().kind, base::Kind::locked);
    EXPECT_EQ(home->unlock(secret("")).error().code, "vault.wrong-passphrase");
    EXPECT_EQ(home->datasets().error().code, "vault.locked");
  }
  auto home = unlocked();
  auto entries = home->entries(0, 100);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].entry.kind, "init");
  EXPECT_EQ((*entries)[1].entry.kind, "unlock-failed");
}

TEST_F(HomeLife, TheRecoveryKeyOpensTheVaultAndSetsANewPassphrase) {
  std::string recovery_key;
  create(&recovery_key);
  auto home = unlocked(recovery_key.c_str());
  ASSERT_EQ(home->slots().size(), 2u);
  EXPECT_EQ(home->slots()[1].name, "recovery");
  ASSERT_TRUE(home->change_passphrase(secret(recovery_key), secret("battery staple")));
  ASSERT_TRUE(home->finish());
  home.reset();
  EXPECT_EQ(state(), "vault.wrong-passphrase");
  EXPECT_EQ(state("battery staple"), "");
  EXPECT_EQ(state(recovery_key.c_str()), "");
}

TEST_F(HomeLife, AppendingMakesTheNextVersion) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(import(*home, "a", "one"));
  EXPECT_EQ(import(*home, "A", "two").error().code, "vault.dataset-exists");
  EXPECT_EQ(import(*home, "b", "two", true).error().code, "vault.dataset-not-found");
  auto second = import(*home, "A", "two", true);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->version, 2u);
  EXPECT_EQ(second->dataset, "a");
  auto all = home->datasets();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].dataset_id, (*all)[1].dataset_id);
  EXPECT_EQ(home->find({"a", 1})->version, 1u);
  EXPECT_EQ(home->find({"a", std::nullopt})->version, 2u);
  EXPECT_EQ(home->find({"a", 3}).error().code, "vault.dataset-not-found");
}

TEST_F(HomeLife, ADraftThatIsDroppedLeavesNothing) {
  create();
  auto home = unlocked();
  {
    auto draft = home->begin_version("a", false);
    ASSERT_TRUE(draft);
    write_text(draft->folder / "data.duckdb", "half");
    EXPECT_EQ(home->begin_version("A", false).error().code, "vault.dataset-busy");
  }
  EXPECT_TRUE(std::filesystem::is_empty(at() / "vault/staging"));
  EXPECT_TRUE(import(*home, "a", "whole"));
}

TEST_F(HomeLife, ADraftWithoutAClosedFileIsRefused) {
  create();
  auto home = unlocked();
  auto empty = home->begin_version("a", false);
  ASSERT_TRUE(empty);
  EXPECT_EQ(home->commit(*std::move(empty), entry_of("import"), {}).error().code,
            "vault.unfinished-draft");
  auto open_log = home->begin_version("a", false);
  ASSERT_TRUE(open_log);
  write_text(open_log->folder / "data.duckdb", "x");
  write_text(open_log->folder / "data.duckdb.wal", "y");
  EXPECT_EQ(home->commit(*std::move(open_log), entry_of("import"), {}).error().code,
            "vault.unfinished-draft");
  auto link = home->begin_version("a", false);
  ASSERT_TRUE(link);
  std::filesystem::create_symlink("/etc/passwd", link->folder / "data.duckdb");
  EXPECT_EQ(home->commit(*std::move(link), entry_of("import"), {}).error().code,
            "vault.unfinished-draft");
  EXPECT_TRUE(std::filesystem::is_empty(at() / "vault/datasets"));
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, RemovingAndShreddingTakeTheFilesAndTheName) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(import(*home, "a", "one"));
  ASSERT_TRUE(import(*home, "b", "two"));
  ASSERT_TRUE(import(*home, "c", "three"));
  ASSERT_TRUE(home->remove_dataset("A", entry_of("rm")));
  ASSERT_TRUE(home->shred_dataset("b", entry_of("shred")));
  EXPECT_EQ(home->find({"a", std::nullopt}).error().code, "vault.dataset-destroyed");
  EXPECT_EQ(home->find({"b", 1}).error().code, "vault.dataset-destroyed");
  EXPECT_EQ(home->shred_dataset("b", entry_of("shred")).error().code, "vault.dataset-not-found");
  ASSERT_TRUE(home->finish());
  home = unlocked();
  auto left = home->datasets();
  ASSERT_EQ(left->size(), 1u);
  EXPECT_TRUE(home->open_dataset(left->front()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(at() / "vault/datasets"), {}), 1);
  EXPECT_EQ(import(*home, "b", "again")->version, 2u) << "b@1 stays what the ledger says it was";
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, RenamingKeepsTheVersions) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(import(*home, "a", "one"));
  ASSERT_TRUE(import(*home, "a", "two", true));
  ASSERT_TRUE(import(*home, "c", "three"));
  EXPECT_EQ(home->rename_dataset("a", "C", entry_of("rename")).error().code,
            "vault.dataset-exists");
  EXPECT_EQ(home->rename_dataset("a", "no name", entry_of("rename")).error().code,
            "vault.bad-name");
  ASSERT_TRUE(home->rename_dataset("a", "b", entry_of("rename")));
  EXPECT_EQ(home->find({"a", std::nullopt}).error().code, "vault.dataset-not-found");
  auto renamed = home->find({"b", std::nullopt});
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->version, 2u);
  EXPECT_TRUE(home->open_dataset(*renamed));
}

TEST_F(HomeLife, FinishingWritesNothingWhenNothingIsNew) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(home->finish());
  auto before = content_of(at());
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(content_of(at()), before);
  ASSERT_TRUE(home->record(entry_of("query")));
  ASSERT_TRUE(home->finish());
  EXPECT_NE(content_of(at()), before);
}

TEST_F(HomeLife, LockingTakesTheKeysAndLeavesTheLedger) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(import(*home, "a", "one"));
  home->lock();
  EXPECT_FALSE(home->unlocked());
  EXPECT_EQ(home->find({"a", std::nullopt}).error().code, "vault.locked");
  EXPECT_EQ(home->begin_version("b", false).error().kind, base::Kind::locked);
  EXPECT_TRUE(home->record(entry_of("attempt")));
  EXPECT_TRUE(home->finish());
  ASSERT_TRUE(home->unlock(secret(passphrase)));
  EXPECT_TRUE(home->find({"a", std::nullopt}));
}

TEST_F(HomeLife, ACopyElsewhereIsTheSameHome) {
  create();
  {
    auto home = unlocked();
    ASSERT_TRUE(import(*home, "a", "one"));
    ASSERT_TRUE(home->finish());
  }
  std::filesystem::rename(at(), folder_ / "elsewhere");
  std::filesystem::copy(folder_ / "elsewhere", at(), std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(folder_ / "elsewhere");
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, InitRefusesAFolderThatIsInUse) {
  std::filesystem::create_directories(at());
  write_text(at() / "file", "x");
  auto made = Home::create(services(), at(), "ada", secret(passphrase), nullptr, cheap);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "vault.not-empty");
  EXPECT_EQ(Home::open(services(), folder_ / "nowhere").error().code, "vault.not-a-home");
  EXPECT_EQ(Home::create(services(), folder_ / "new", "ada", secret(""), nullptr).error().code,
            "vault.bad-passphrase");
}

TEST_F(HomeLife, ReadOnlyOpeningChangesNoByte) {
  create();
  {
    auto home = unlocked();
    ASSERT_TRUE(import(*home, "a", "one"));
    ASSERT_TRUE(home->record(entry_of("query")));  // no checkpoint covers it
  }
  // What a crash leaves: half an entry, a file beside, the folder of an import.
  write_text(at() / "ledger/log", read_text(at() / "ledger/log") + "half");
  write_text(at() / "vault/head.new", "half");
  std::filesystem::create_directory(at() / "vault/staging/0123456789abcdef");
  auto before = content_of(at());
  auto home = Home::open_read_only(services(), at());
  ASSERT_TRUE(home) << home.error().message;
  EXPECT_EQ((*home)->unlock(secret("wrong")).error().code, "vault.wrong-passphrase");
  ASSERT_TRUE((*home)->unlock(secret(passphrase)));
  auto damage = (*home)->verify("", {}, {});
  ASSERT_TRUE(damage);
  EXPECT_TRUE(damage->empty());
  EXPECT_EQ((*home)->record(entry_of("query")).error().code, "vault.read-only");
  EXPECT_EQ((*home)->begin_version("b", false).error().code, "vault.read-only");
  EXPECT_EQ((*home)->remove_dataset("a", entry_of("rm")).error().code, "vault.read-only");
  EXPECT_TRUE((*home)->finish());
  home->reset();
  EXPECT_EQ(content_of(at()), before);
  EXPECT_TRUE(std::filesystem::exists(at() / "vault/staging/0123456789abcdef"));
  unlocked();
  EXPECT_FALSE(std::filesystem::exists(at() / "vault/staging/0123456789abcdef"));
  EXPECT_FALSE(std::filesystem::exists(at() / "vault/head.new"));
}

TEST_F(HomeLife, AnEntryCannotSpeakForTheVault) {
  create();
  {
    auto home = unlocked();
    ledger::Entry forged = entry_of("query");
    forged.detail["vault"] = boost::json::object{{"catalogue", 99},
                                                 {"catalogue_hash", std::string(64, '0')},
                                                 {"keys", 99},
                                                 {"keys_hash", std::string(64, '0')}};
    ASSERT_TRUE(home->record(forged));
  }
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, AnotherManifestCannotStandIn) {
  create();
  auto home = unlocked();
  auto first = import(*home, "a", "one");
  auto second = import(*home, "a", "two", true);
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(home->finish());
  auto folder = [&](const DatasetVersion& version) {
    return at() / "vault/datasets" / version.file_id;
  };
  // The older version, whole: signed by this vault, and of the same dataset.
  for (const char* file : {"manifest", "data.duckdb"})
    write_text(folder(*second) / file, read_text(folder(*first) / file));
  auto opened = home->open_dataset(*second);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "vault.damaged");
  EXPECT_TRUE(home->open_dataset(*first));
  auto damage = home->verify("", {}, {});
  ASSERT_TRUE(damage);
  ASSERT_EQ(damage->size(), 1u);
  EXPECT_EQ(damage->front().dataset, "a@2");
}

TEST_F(HomeLife, AnImportIsRefusedWhenItsNameWasTakenMeanwhile) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(import(*home, "a", "one"));
  ASSERT_TRUE(import(*home, "b", "two"));
  auto into_new = home->begin_version("n", false);
  auto onto_b = home->begin_version("b", true);
  ASSERT_TRUE(into_new && onto_b);
  for (Draft* draft : {&*into_new, &*onto_b}) write_text(draft->folder / "data.duckdb", "x");
  ASSERT_TRUE(home->rename_dataset("a", "n", entry_of("rename")));
  ASSERT_TRUE(home->shred_dataset("b", entry_of("shred")));
  EXPECT_EQ(home->commit(*std::move(into_new), entry_of("import"), {}).error().code,
            "vault.dataset-exists");
  EXPECT_EQ(home->commit(*std::move(onto_b), entry_of("import"), {}).error().code,
            "vault.dataset-not-found");
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(home->datasets()->size(), 1u);
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, VerifyNamesFileAndBlock) {
  create();
  auto home = unlocked();
  auto version = import(*home, "a", sealed_bytes(9, 12'288 + 3 * 262'144));
  ASSERT_TRUE(version);
  io::Path file = at() / "vault/datasets" / version->file_id / "data.duckdb";
  std::string bytes = read_text(file);
  bytes[12'288 + 262'144 + 5] ^= 1;
  write_text(file, bytes);
  std::uint64_t seen = 0;
  auto damage = home->verify(
      "a", [&](std::string_view, std::uint64_t done, std::uint64_t) { seen = done; }, {});
  ASSERT_TRUE(damage);
  ASSERT_EQ(damage->size(), 1u);
  EXPECT_EQ(damage->front().dataset, "a@1");
  EXPECT_EQ(damage->front().block, 2);
  EXPECT_EQ(damage->front().file, "vault/datasets/" + version->file_id + "/data.duckdb");
  EXPECT_EQ(seen, bytes.size());
  EXPECT_EQ(home->verify("b", {}, {}).error().code, "vault.dataset-not-found");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(home->verify("", {}, stop.get_token()).error().kind, base::Kind::cancelled);
}

TEST_F(HomeLife, TheSigningKeyChangesWithTimeAndEntries) {
  create();
  auto home = unlocked();
  for (int i = 0; i < 1030; ++i) ASSERT_TRUE(home->record(entry_of("query")));
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(home->ledger().epoch(), 1u);
  clock_.advance(std::chrono::hours(23));
  ASSERT_TRUE(home->record(entry_of("query")));
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(home->ledger().epoch(), 1u);
  clock_.advance(std::chrono::hours(2));
  ASSERT_TRUE(home->record(entry_of("query")));
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(home->ledger().epoch(), 2u);
  home.reset();
  EXPECT_EQ(state(), "");
  // A clock that went backwards changes nothing.
  clock_.set_wall_time(*base::parse_rfc3339("2020-01-01T00:00:00Z"));
  home = unlocked();
  ASSERT_TRUE(home->record(entry_of("query")));
  ASSERT_TRUE(home->finish());
  EXPECT_EQ(home->ledger().epoch(), 2u);
  EXPECT_EQ(state(), "");
}

TEST_F(HomeLife, NoFileOfTheHomeIsForOthers) {
  create();
  auto home = unlocked();
  ASSERT_TRUE(import(*home, "a", "one"));
  ASSERT_TRUE(home->finish());
  for (const auto& item : std::filesystem::recursive_directory_iterator(at()))
    EXPECT_EQ(item.status().permissions() & std::filesystem::perms(077),
              std::filesystem::perms::none)
        << item.path();
}

// The owner's passphrase and what a dataset is called must not lie there in the open.
TEST_F(HomeLife, NamesAndColumnsAreNotReadableOnDisk) {
  create();
  auto home = unlocked();
  auto draft = home->begin_version("canaryname", false);
  ASSERT_TRUE(draft);
  write_text(draft->folder / "data.duckdb", "sealed");
  draft->version.columns = {{"canarycolumn", "VARCHAR"}};
  ASSERT_TRUE(home->commit(*std::move(draft), entry_of("import"), {}));
  ASSERT_TRUE(home->change_passphrase(secret(passphrase), secret("canarypassphrase")));
  ASSERT_TRUE(home->finish());
  for (const auto& [name, content] : content_of(at())) {
    EXPECT_EQ(content.find("canary"), std::string::npos) << name;
    EXPECT_EQ(content.find(passphrase), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace cloister::vault
