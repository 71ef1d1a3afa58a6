// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/door.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Message>
Message accepted(std::string_view header, std::size_t body = 0, std::size_t descriptors = 0) {
  auto request = parse_door_request(header, body, descriptors);
  EXPECT_TRUE(request) << header << ": " << request.error().message;
  const Message* message = request ? std::get_if<Message>(&*request) : nullptr;
  EXPECT_NE(message, nullptr) << header;
  return message == nullptr ? Message{} : *message;
}

bool refused(std::string_view header, std::size_t body = 0, std::size_t descriptors = 0) {
  return !parse_door_request(header, body, descriptors).has_value();
}

TEST(DoorRequest, ReadsEachMessage) {
  accepted<DoorListDatasets>(R"({"message":"datasets"})");
  EXPECT_EQ(accepted<DoorDescribe>(R"({"message":"describe","dataset":"p@3"})").dataset, "p@3");
  auto read =
      accepted<DoorRead>(R"({"message":"read","dataset":"p","columns":["age","größe"],"limit":0})");
  EXPECT_EQ(read.dataset, "p");
  EXPECT_THAT(read.columns, ElementsAre("age", "größe"));
  EXPECT_EQ(read.limit, 0u);
  EXPECT_FALSE(accepted<DoorRead>(R"({"message":"read","dataset":"p"})").limit.has_value());
  EXPECT_EQ(accepted<DoorQuery>(R"({"message":"query","sql":"select 'a\nb'"})").sql,
            "select 'a\nb'");
  EXPECT_EQ(accepted<DoorSave>(R"({"message":"save","name":"c"})", 0, 1).name, "c");
  EXPECT_EQ(accepted<DoorDisplay>(R"({"message":"display","mime":"image/svg+xml"})", 9).mime,
            "image/svg+xml");
}

TEST(DoorRequest, RefusesWhatItDoesNotKnow) {
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("[]"));
  EXPECT_TRUE(refused(R"({"message":"unlock"})"));
  EXPECT_TRUE(refused(R"({"message":7})"));
  EXPECT_TRUE(refused(R"({"message":"query","sql":"x","person":"owner"})"));
  EXPECT_TRUE(refused(R"({"message":"query","sql":"x","sql":"y"})"));
  EXPECT_TRUE(refused(R"({"message":"describe"})"));
}

TEST(DoorRequest, RefusesBodiesAndDescriptorsThatDoNotBelong) {
  EXPECT_TRUE(refused(R"({"message":"datasets"})", 1, 0));
  EXPECT_TRUE(refused(R"({"message":"query","sql":"x"})", 0, 1));
  EXPECT_TRUE(refused(R"({"message":"save","name":"c"})", 0, 0));
  EXPECT_TRUE(refused(R"({"message":"save","name":"c"})", 0, 2));
  EXPECT_TRUE(refused(R"({"message":"display","mime":"text/plain"})",
                      base::limits::door_body_bytes_max + 1, 0));
  EXPECT_FALSE(refused(R"({"message":"display","mime":"text/plain"})",
                       base::limits::door_body_bytes_max, 0));
}

TEST(DoorRequest, RefusesNamesThatCouldForgeALine) {
  EXPECT_TRUE(refused(R"({"message":"describe","dataset":""})"));
  EXPECT_TRUE(refused(R"({"message":"describe","dataset":"a\nb"})"));
  EXPECT_TRUE(refused(R"({"message":"describe","dataset":"a\u0000b"})"));
  EXPECT_TRUE(refused(R"({"message":"save","name":"a\u007f"})", 0, 1));
  EXPECT_TRUE(refused(R"({"message":"describe","dataset":")" + std::string(151, 'a') + "\"}"));
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","columns":[]})"));
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","columns":["\u001b[2J"]})"));
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","columns":"age"})"));
}

TEST(DoorRequest, RefusesLimitsThatAreNoCount) {
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","limit":-1})"));
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","limit":1.5})"));
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","limit":"5"})"));
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","limit":18446744073709551615})"));
}

TEST(DoorRequest, RefusesMediaTypesThatAreNone) {
  for (const char* mime : {"", "text", "/plain", "text/", "text/plain/x", "Text/Plain",
                           "text/plain;charset=utf-8", "text/pl ain"})
    EXPECT_TRUE(refused(std::string(R"({"message":"display","mime":")") + mime + "\"}")) << mime;
}

TEST(DoorRequest, KeepsItsLimits) {
  std::string longest(base::limits::sql_bytes_max, 'x');
  EXPECT_FALSE(refused(R"({"message":"query","sql":")" + longest + "\"}"));
  EXPECT_TRUE(refused(R"({"message":"query","sql":")" + longest + "y\"}"));
  std::string columns = "\"a\"";
  for (std::size_t i = 0; i < base::limits::columns_max; ++i) columns += ",\"a\"";
  EXPECT_TRUE(refused(R"({"message":"read","dataset":"p","columns":[)" + columns + "]}"));
  EXPECT_TRUE(refused(std::string(base::limits::door_header_bytes_max + 1, ' ')));
}

TEST(DoorReply, ListsDatasetsWithTheirNumberOfColumns) {
  DoorDataset dataset{.dataset = "patients",
                      .version = 3,
                      .rows = 13'583,
                      .class_name = "",
                      .created = "2026-11-25T21:36:00.000000Z",
                      .columns = {{"age", "INTEGER"}, {"ward", "VARCHAR"}}};
  EXPECT_EQ(parse_json(encode_door_datasets({dataset})).value(), parse_json(R"({"ok":true,
      "datasets":[{"dataset":"patients","version":3,"rows":13583,"class":null,
                   "created":"2026-11-25T21:36:00.000000Z","columns":2}]})")
                                                                     .value());
  EXPECT_EQ(parse_json(encode_door_dataset(dataset)).value(), parse_json(R"({"ok":true,
      "dataset":"patients","version":3,"rows":13583,"class":null,
      "created":"2026-11-25T21:36:00.000000Z",
      "columns":[{"name":"age","type":"INTEGER"},{"name":"ward","type":"VARCHAR"}]})")
                                                                  .value());
}

TEST(DoorReply, CarriesAnErrorWhole) {
  base::Error error("policy.denied", base::Kind::denied, "not \"granted\"", "use --dataset");
  auto object = parse_json_object(encode_door_error(error)).value();
  EXPECT_FALSE(object.contains("ok"));
  base::Error back = error_from_json(*object_field(object, "error").value());
  EXPECT_EQ(back.code, error.code);
  EXPECT_EQ(back.kind, base::Kind::denied);
  EXPECT_EQ(back.message, error.message);
  EXPECT_EQ(back.hint, error.hint);
  EXPECT_THAT(encode_door_table({.rows = 5, .truncated = true}), HasSubstr("\"truncated\":true"));
}

}  // namespace
}  // namespace cloister::wire
