// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_errors.hpp"

#include "scratch.hpp"

#include <thread>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

std::string why(const base::Result<wire::data::ImportedReply>& reply) {
  return reply ? "done" : reply.error().code + ": " + reply.error().message;
}

TEST(Import, CsvBecomesAnEncryptedFileWithoutALog) {
  Scratch scratch;
  auto reply = scratch.import("people.csv",
                              "id,name,zip,born\n1,Ann CANARY-9,01234,1990-05-01\n"
                              "2,,99999,NA\n");
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(reply->rows, 2u);
  EXPECT_EQ(reply->columns,
            (std::vector<Column>{
                {"id", "BIGINT"}, {"name", "VARCHAR"}, {"zip", "VARCHAR"}, {"born", "DATE"}}));
  std::filesystem::remove(scratch.folder + "/people.csv");
  EXPECT_FALSE(readable_below(scratch.folder, "CANARY-9"));
  EXPECT_FALSE(std::filesystem::exists(scratch.made() + ".wal"));
  EXPECT_EQ(scratch.rows("FROM t"),
            R"([[1,"Ann CANARY-9","01234","1990-05-01"],[2,null,"99999",null]])");
}

TEST(Import, ALateValueOfAnotherKindLosesNothing) {
  Scratch scratch;
  std::string text = "code,amount,when\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i + 1) + ",7,2024-01-01\n";
  text += "007,7.25,yesterday\n";
  auto reply = scratch.import("late.csv", text);
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(reply->columns,
            (std::vector<Column>{{"code", "VARCHAR"}, {"amount", "DOUBLE"}, {"when", "VARCHAR"}}));
  EXPECT_EQ(scratch.rows("FROM t WHERE code IN ('007', '200000') ORDER BY code"),
            R"([["007",7.25,"yesterday"],["200000",7,"2024-01-01"]])");
}

TEST(Import, ABadRowIsRefusedWithItsLine) {
  Scratch scratch;
  const std::pair<const char*, const char*> cases[] = {
      {"a,b\n1,2\n3\n4,5\n", "data.bad-row: line 3"},
      {"a,b\n1,2\n3,4,SECRET-1\n", "data.bad-row: line 3"},
      {"a,b\n1,2\n\"SECRET-1,2\n3,4\n", "data.bad-row: line 3"},
      {"a,b\n1,2\n3,SECRET-1\xff\xfe\n", "data.bad-row: line 3"},
      {"a,b\n1,2\n\"x\"y,SECRET-1\n", "data.bad-row: line 3"}};
  for (const auto& [text, message] : cases) {
    auto reply = scratch.import("bad.csv", text);
    EXPECT_TRUE(why(reply).starts_with(message)) << text << "\n" << why(reply);
    EXPECT_EQ(why(reply).find("SECRET"), std::string::npos);
    std::filesystem::remove(scratch.made());
  }
}

TEST(Import, AskedTypesHoldForEveryRow) {
  Scratch scratch;
  auto reply = scratch.import("typed.csv", "a,b\n1,x\n2,y\n", {{"A", "VARCHAR"}});
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(reply->columns.front().type, "VARCHAR");
  std::filesystem::remove(scratch.made());
  reply = scratch.import("typed.csv", "a,b\n1,x\nSECRET-2,y\n", {{"a", "INTEGER"}});
  EXPECT_TRUE(why(reply).starts_with("data.bad-row: line 3, column 1 ('a')")) << why(reply);
  EXPECT_EQ(why(reply).find("SECRET"), std::string::npos);
  std::filesystem::remove(scratch.made());
  EXPECT_TRUE(
      why(scratch.import("typed.csv", "a\n1\n", {{"z", "INTEGER"}})).starts_with("data.bad-type"));
}

TEST(Import, AFileThatIsNotWhatItsNameSaysIsRefused) {
  Scratch scratch;
  const std::pair<const char*, std::string> cases[] = {
      {"a.csv", "PAR1xxxxPAR1"},   {"a.csv", "\x1f\x8b\x08rest"}, {"a.csv", "PK\x03\x04rest"},
      {"a.parquet", "a,b\n1,2\n"}, {"a.parquet", "PAR1 but not"}, {"a.ndjson", "SQLite format 3"},
      {"a.ndjson", "a,b\n1,2\n"},  {"a.dat", "a,b\n1,2\n"}};
  for (const auto& [name, content] : cases) {
    auto reply = scratch.import(name, content);
    EXPECT_FALSE(reply) << name << ' ' << content;
    std::filesystem::remove(scratch.made());
  }
  EXPECT_TRUE(why(scratch.import("a.csv", "")).starts_with("data.empty"));
}

TEST(Import, LinesOfJsonKeepKeysThatComeLate) {
  Scratch scratch;
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += "{\"id\":" + std::to_string(i) + "}\n";
  text += "{\"id\":30000,\"late\":{\"x\":[1,2]}}\n";
  auto reply = scratch.import("a.ndjson", text);
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(reply->rows, 30'001u);
  EXPECT_EQ(scratch.rows("SELECT late FROM t WHERE late IS NOT NULL"), R"([[{"x":[1,2]}]])");
}

TEST(Import, AppendedRowsFollowTheOldOnesUnderTheOldColumns) {
  Scratch scratch;
  ASSERT_TRUE(scratch.import("one.csv", "id,zip\n1,01234\n"));
  const std::string old = scratch.folder + "/old.duckdb";
  std::filesystem::rename(scratch.made(), old);
  auto append = [&](const std::string& text) {
    wire::data::ImportRequest request{.file_name = "two.csv"};
    request.append_to = wire::data::SealedTable{.name = "old",
                                                .file_id = "1",
                                                .key = scratch.key.clone(),
                                                .block_hashes = Scratch::hashes(old)};
    std::filesystem::remove(scratch.made());
    return scratch.import_with(std::move(request), scratch.write("two.csv", text), old);
  };
  auto reply = append("zip,ID\n5555,2\n");
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(scratch.rows("FROM t"), R"([[1,"01234"],[2,"5555"]])");
  EXPECT_TRUE(why(append("id,zip\nx,1\n")).starts_with("data.bad-row: line 2, column 1"))
      << why(append("id,zip\nx,1\n"));
  EXPECT_TRUE(why(append("id\n1\n")).starts_with("data.columns-differ"));
  EXPECT_TRUE(why(append("id,zip,more\n1,2,3\n")).starts_with("data.columns-differ"));
}

TEST(Import, AppendingToAChangedFileIsFound) {
  Scratch scratch;
  ASSERT_TRUE(scratch.import("one.csv", "id\n1\n"));
  const std::string old = scratch.folder + "/old.duckdb";
  std::filesystem::rename(scratch.made(), old);
  wire::data::ImportRequest request{.file_name = "two.csv"};
  request.append_to = wire::data::SealedTable{.name = "old",
                                              .file_id = "1",
                                              .key = scratch.key.clone(),
                                              .block_hashes = Scratch::hashes(old)};
  request.append_to->block_hashes[1][0] ^= std::byte{1};
  auto reply = scratch.import_with(std::move(request), scratch.write("two.csv", "id\n2\n"), old);
  EXPECT_TRUE(why(reply).starts_with("data.integrity")) << why(reply);
}

TEST(Import, CancellingEndsItSoon) {
  Scratch scratch;
  std::string text = "a,b,c\n";
  for (int i = 0; i < 400'000; ++i) text += "1,2,some words here\n";
  const std::string path = scratch.write("long.csv", text);
  Importer importer({.folder = scratch.folder, .database = {.memory_bytes = 256u << 20}});
  importer.cancel();
  wire::data::ImportRequest request{.file_name = "long.csv", .key = scratch.key.clone()};
  auto reply = importer.run(std::move(request), Scratch::open(path), {});
  EXPECT_TRUE(why(reply).starts_with("data.cancelled")) << why(reply);
}

}  // namespace
}  // namespace cloister::data
