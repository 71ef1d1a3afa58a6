// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include <sys/mman.h>

namespace cloister::data {
namespace {

struct Opened {
  Opened() {
    auto opened = Database::open({.memory_bytes = 128u << 20, .threads = 1});
    EXPECT_TRUE(opened);
    database = std::move(*opened);
    connection = std::move(*database->connect());
  }
  std::unique_ptr<Database> database;
  std::unique_ptr<Connection> connection;
};

TEST(Hook, RefusesAnyOtherCipher) {
  Scratch scratch;
  Opened opened;
  EXPECT_FALSE(opened.connection->execute(
      "ATTACH '" + scratch.folder +
      "/x.duckdb' AS x (ENCRYPTION_KEY 'a-long-key-of-32-bytes-or-more-aa', "
      "ENCRYPTION_CIPHER 'CTR')"));
  EXPECT_TRUE(opened.database->attach(*opened.connection, scratch.folder + "/y.duckdb", "y",
                                      scratch.key, false));
}

TEST(Hook, AnAttachThatFailsTellsNoKey) {
  Scratch scratch;
  Opened opened;
  auto outcome = opened.database->attach(*opened.connection, "/no/such/folder/x.duckdb", "x",
                                         scratch.key, false);
  ASSERT_FALSE(outcome);
  const std::string key = base::to_base64(scratch.key.view());
  EXPECT_EQ((outcome.error().message + outcome.error().hint).find(key), std::string::npos);
}

TEST(DescriptorFiles, OnlyAddedFilesOpen) {
  Scratch scratch;
  Opened opened;
  auto file = Scratch::open(scratch.write("a.csv", "a\n1\n"));
  const std::string name = opened.database->files().add(file.number(), {});
  EXPECT_EQ(*opened.connection->integer("SELECT a FROM read_csv('" + name + "')"), 1);
  EXPECT_FALSE(opened.connection->execute("FROM read_csv('descriptor://" +
                                          std::to_string(file.number()) + "0')"));
  EXPECT_FALSE(opened.connection->execute("COPY (SELECT 1) TO '" + name + "'"));
  EXPECT_GT(opened.database->files().bytes_read(name), 0u);
}

TEST(DescriptorFiles, NothingOpensAfterTheDoorIsClosed) {
  Scratch scratch;
  Opened opened;
  auto file = Scratch::open(scratch.write("a.csv", "a\n1\n"));
  const std::string name = opened.database->files().add(file.number(), {});
  opened.database->files().close_door();
  EXPECT_FALSE(opened.connection->execute("FROM read_csv('" + name + "')"));
}

TEST(DescriptorFiles, SwappedBlocksAreFound) {
  Scratch scratch;
  std::string text = "a\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + "\n";  // no two blocks alike
  const std::string path = scratch.write("a.csv", text);
  auto hashes = Scratch::hashes(path);
  ASSERT_GT(hashes.size(), 3u);
  auto file = Scratch::open(path);
  Opened opened;
  const std::string good = opened.database->files().add(file.number(), hashes);
  EXPECT_EQ(*opened.connection->integer("SELECT count(*) FROM read_csv('" + good + "')"), 200'000);
  std::swap(hashes[1], hashes[2]);
  const std::string bad = opened.database->files().add(file.number(), hashes);
  auto outcome = opened.connection->execute("SELECT count(*) FROM read_csv('" + bad + "')");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "data.integrity");
  hashes.pop_back();
  const std::string shorter = opened.database->files().add(file.number(), hashes);
  outcome = opened.connection->execute("SELECT count(*) FROM read_csv('" + shorter + "')");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "data.integrity");
}

TEST(EngineErrors, NeverQuoteAValue) {
  Opened opened;
  for (const char* sql : {"SELECT CAST(s AS INT) FROM (VALUES ('SECRET-3')) v(s)",
                          "SELECT error(s) FROM (VALUES ('SECRET-3')) v(s)",
                          "SELECT CAST(s AS DATE) FROM (VALUES ('SECRET-3')) v(s)",
                          "SELECT s::ENUM('a') FROM (VALUES ('SECRET-3')) v(s)",
                          "SELECT strptime(s, '%Y') FROM (VALUES ('SECRET-3')) v(s)",
                          "SELECT s::JSON FROM (VALUES ('{SECRET-3')) v(s)",
                          "SELECT regexp_matches('x', s) FROM (VALUES ('SECRET-3(')) v(s)"}) {
    auto outcome = opened.connection->execute(sql);
    ASSERT_FALSE(outcome) << sql;
    EXPECT_EQ((outcome.error().message + outcome.error().hint).find("SECRET"), std::string::npos)
        << outcome.error().message;
    EXPECT_EQ(outcome.error().message.find('\n'), std::string::npos);
  }
}

TEST(EngineErrors, AWrongNameIsSaidWithThoseThatAreKnown) {
  Opened opened;
  auto outcome = opened.connection->execute("SELECT agee FROM (SELECT 1 AS age)");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "data.sql");
  EXPECT_NE(outcome.error().hint.find("age"), std::string::npos) << outcome.error().message;
}

}  // namespace
}  // namespace cloister::data
