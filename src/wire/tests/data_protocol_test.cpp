// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_protocol.hpp"

#include "cloister/wire/data_errors.hpp"

#include <gtest/gtest.h>

namespace cloister::wire::data {
namespace {

SealedTable table(const std::string& name, std::size_t blocks) {
  SealedTable table{.name = name, .file_id = "f-" + name, .key = base::SecretBytes(32)};
  table.key.writable()[0] = std::byte{42};
  table.block_hashes.resize(blocks);
  if (blocks > 0) table.block_hashes.back()[31] = std::byte{7};
  return table;
}

TEST(DataProtocol, AQueryComesBackAsItWasSent) {
  QueryRequest request{.sql = "SELECT 'ü\n'", .row_limit = 9, .arrow = true, .tables = {}};
  request.tables.push_back(table("patients@3", 2));
  request.tables.push_back(table("b", 0));
  Packet packet = encode(request);
  auto decoded = decode_request(packet.header, packet.body, 2);
  ASSERT_TRUE(decoded) << decoded.error().message;
  auto& back = std::get<QueryRequest>(*decoded);
  EXPECT_EQ(back.sql, request.sql);
  EXPECT_EQ(back.row_limit, 9u);
  EXPECT_TRUE(back.arrow);
  ASSERT_EQ(back.tables.size(), 2u);
  EXPECT_EQ(back.tables[0].name, "patients@3");
  EXPECT_EQ(back.tables[0].file_id, "f-patients@3");
  EXPECT_EQ(back.tables[0].key.view()[0], std::byte{42});
  EXPECT_EQ(back.tables[0].block_hashes, request.tables[0].block_hashes);
  EXPECT_TRUE(back.tables[1].block_hashes.empty());
}

TEST(DataProtocol, AnImportComesBackAsItWasSent) {
  ImportRequest request{.file_name = "a.csv",
                        .format = "csv",
                        .types = {{"zip", "VARCHAR"}},
                        .key = base::SecretBytes(32),
                        .append_to = table("old", 1)};
  Packet packet = encode(request);
  auto decoded = decode_request(packet.header, packet.body, 2);
  ASSERT_TRUE(decoded) << decoded.error().message;
  auto& back = std::get<ImportRequest>(*decoded);
  EXPECT_EQ(back.file_name, "a.csv");
  EXPECT_EQ(back.types, request.types);
  ASSERT_TRUE(back.append_to);
  EXPECT_EQ(back.append_to->block_hashes, request.append_to->block_hashes);
}

// A key is in the body alone, never in the text that a log could show.
TEST(DataProtocol, NoKeyStandsInAHeader) {
  ImportRequest request{.file_name = "a.csv",
                        .key = base::SecretBytes::copy_of("KEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKE")};
  Packet packet = encode(request);
  EXPECT_EQ(packet.header.find("KEYKEY"), std::string::npos);
  EXPECT_NE(base::as_text(packet.body).find("KEYKEY"), std::string::npos);
}

TEST(DataProtocol, LyingRequestsAreRefused) {
  QueryRequest request{.sql = "x", .row_limit = 1};
  request.tables.push_back(table("a", 3));
  Packet packet = encode(request);
  EXPECT_FALSE(decode_request(packet.header, packet.body, 0));
  EXPECT_FALSE(decode_request(packet.header, packet.body, 2));
  EXPECT_FALSE(decode_request(packet.header, base::ByteView(packet.body).first(60), 1));
  packet.body.push_back(std::byte{0});
  EXPECT_FALSE(decode_request(packet.header, packet.body, 1));
  for (
      const char* header :
      {"", "[]", "{}", R"({"type":"erase"})", R"({"type":"analyse"})",
       R"({"type":"analyse","sql":1})", R"({"type":"query","sql":"x","row_limit":-1,"tables":[]})",
       R"({"type":"query","sql":"x","row_limit":1,"tables":[{"name":"a","file":"f","blocks":9223372036854775807}]})"})
    EXPECT_FALSE(decode_request(header, {}, 0)) << header;
}

TEST(DataProtocol, RepliesComeBackAsTheyWereSent) {
  AnswerReply answer{
      .columns = {{"a", "INTEGER"}}, .rows = 3, .truncated = true, .microseconds = 8};
  auto decoded = decode_reply(encode(answer));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<AnswerReply>(*decoded).columns, answer.columns);
  EXPECT_TRUE(std::get<AnswerReply>(*decoded).truncated);
  auto failure =
      decode_reply(encode(FailureReply{base::Error(data_errors::integrity, "changed", "verify")}));
  ASSERT_TRUE(failure);
  const base::Error& error = std::get<FailureReply>(*failure).error;
  EXPECT_EQ(error.code, "data.integrity");
  EXPECT_EQ(error.kind, base::Kind::integrity);
  EXPECT_EQ(error.hint, "verify");
  EXPECT_FALSE(decode_reply(R"({"type":"answer","columns":[],"rows":-1,"microseconds":0})"));
  EXPECT_FALSE(decode_reply(R"({"type":"surprise"})"));
}

}  // namespace
}  // namespace cloister::wire::data
