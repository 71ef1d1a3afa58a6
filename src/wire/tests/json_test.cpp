// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/json.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

std::string refusal(std::string_view text) {
  auto value = parse_json(text);
  if (value) return "accepted";
  EXPECT_TRUE(value.error().is(errors::bad_json));
  return value.error().message;
}

TEST(ParseJson, AcceptsEveryKindOfValue) {
  json::value value =
      parse_json(R"( {"a":[1,-2,18446744073709551615,1.5,true,false,null],"b":"x"} )").value();
  const json::array& list = value.at("a").as_array();
  EXPECT_EQ(list[0], 1);
  EXPECT_EQ(list[1], -2);
  EXPECT_EQ(list[2].as_uint64(), 18446744073709551615u);
  EXPECT_EQ(list[3].as_double(), 1.5);
  EXPECT_TRUE(list[4].as_bool());
  EXPECT_FALSE(list[5].as_bool());
  EXPECT_TRUE(list[6].is_null());
  EXPECT_EQ(value.at("b"), "x");
}

TEST(ParseJson, RefusesAKeyThatIsNamedTwice) {
  for (const char* text :
       {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"([[{"x":{"k":[],"b":1,"k":{}}}]])",
        R"({"a":{"a":1},"b":{},"b":{}})", R"({"":1,"":2})",
        // The value that would be lost holds as many members as the duplicate adds.
        R"({"a":{"x":1,"y":2},"a":{"x":1,"y":2,"z":3}})"})
    EXPECT_THAT(refusal(text), testing::HasSubstr("twice")) << text;
  EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":{"a":1},"A":2,"a ":3})").has_value());
}

TEST(ParseJson, RefusesWhatIsNotUtf8) {
  for (const char* text : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                           "\"\xe2\x82\"", "\"\x80\"", "{\"\xff\":1}"})
    EXPECT_NE(refusal(text), "accepted") << text;
  EXPECT_NE(refusal("\"\\ud800\""), "accepted");
  EXPECT_NE(refusal("\"\\udc00\\ud800\""), "accepted");
  EXPECT_EQ(parse_json("\"\\ud83d\\ude00\"").value().as_string(), "\xf0\x9f\x98\x80");
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",       " ",      "{",      "[1,]",   "{\"a\":1,}", "{} {}",          "nul",
        "01",     "+1",     ".5",     "1.",     "NaN",        "Infinity",       "'a'",
        "{a:1}",  "/*x*/1", "1 // x", "\"\n\"", "\"\\x\"",    "\xef\xbb\xbf{}", "1e999",
        "-1e999", "[1 2]",  "\"open", "1}"})
    EXPECT_NE(refusal(text), "accepted") << text;
}

TEST(ParseJson, HoldsTheDepthLimit) {
  std::size_t limit = base::limits::json_depth_max;
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(limit)).has_value());
  EXPECT_NE(refusal(nested(limit + 1)), "accepted");
  EXPECT_NE(refusal(std::string(1u << 20, '[')), "accepted");
  std::string objects;
  for (std::size_t i = 0; i <= limit; ++i) objects += "{\"a\":";
  EXPECT_NE(refusal(objects + "1" + std::string(limit + 1, '}')), "accepted");
}

TEST(ParseJson, HoldsTheSizeLimit) {
  std::string fits = "\"" + std::string(base::limits::json_bytes_max - 2, 'x') + "\"";
  EXPECT_TRUE(parse_json(fits).has_value());
  EXPECT_THAT(refusal(fits + " "), testing::HasSubstr("larger"));
}

TEST(ParseJson, TheMessageDoesNotQuoteTheText) {
  EXPECT_THAT(refusal("{\"secret\":secret}"), testing::Not(testing::HasSubstr("secret")));
  EXPECT_THAT(refusal("{\"secret\":1,\"secret\":2}"), testing::Not(testing::HasSubstr("secret")));
}

TEST(ParseJsonObject, WantsAnObject) {
  EXPECT_EQ(parse_json_object("{\"a\":1}").value().at("a"), 1);
  EXPECT_TRUE(parse_json_object("[1]").error().is(errors::bad_json));
  EXPECT_TRUE(parse_json_object("null").error().is(errors::bad_json));
}

TEST(CanonicalJson, SortsByBytesAndDropsSpace) {
  auto canonical = [](std::string_view text) { return canonical_json(parse_json(text).value()); };
  EXPECT_EQ(canonical(R"( { "b" : 1 , "a" : [ 1 , { "d":2, "c":3 } ] } )"),
            R"({"a":[1,{"c":3,"d":2}],"b":1})");
  EXPECT_EQ(canonical(R"({"é":1,"z":2,"":3,"aa":4,"a":5})"), R"({"":3,"a":5,"aa":4,"z":2,"é":1})");
  EXPECT_EQ(canonical("[]"), "[]");
  EXPECT_EQ(canonical("{}"), "{}");
  EXPECT_EQ(canonical("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(canonical("-9223372036854775808"), "-9223372036854775808");
}

// RFC 8785 §3.2.2.2: the two-character escapes, \u00xx in lower case for the other controls,
// nothing else.
TEST(CanonicalJson, EscapesAsRfc8785Says) {
  std::string all;
  for (char c = 0; c < 0x20; ++c) all += c;
  all += "\"\\/\x7f€";
  EXPECT_EQ(
      canonical_json(json::value(all)),
      R"("\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f)"
      R"(\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d)"
      "\\u001e\\u001f\\\"\\\\/\x7f€\"");
}

TEST(CanonicalJson, DoesNotDependOnTheOrderOfInsertion) {
  json::object one{{"x", 1}, {"y", json::object{{"p", 1}, {"q", 2}}}};
  json::object two{{"y", json::object{{"q", 2}, {"p", 1}}}, {"x", 1}};
  EXPECT_EQ(canonical_json(one), canonical_json(two));
}

TEST(CanonicalJsonDeathTest, ADoubleIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((void)canonical_json(json::array{1, 2.5}), "is_double");
}

TEST(Fields, AreReadByTypeAndNamedWhenTheyAreMissing) {
  json::object object = parse_json_object(R"({"text":"t","number":7,"big":18446744073709551615,
      "list":[1],"inner":{"a":1},"yes":true,"no":false})")
                            .value();
  EXPECT_EQ(text_field(object, "text").value(), "t");
  EXPECT_EQ(integer_field(object, "number").value(), 7);
  EXPECT_EQ(array_field(object, "list").value()->size(), 1u);
  EXPECT_EQ(object_field(object, "inner").value()->size(), 1u);
  EXPECT_TRUE(flag(object, "yes"));
  EXPECT_FALSE(flag(object, "no"));
  EXPECT_FALSE(flag(object, "absent"));
  EXPECT_FALSE(flag(object, "text"));
  EXPECT_EQ(text_or(object, "number", "otherwise"), "otherwise");
  EXPECT_EQ(integer_or(object, "text", 9), 9);
  for (base::Error error :
       {text_field(object, "number").error(), text_field(object, "absent").error(),
        integer_field(object, "text").error(), integer_field(object, "big").error(),
        object_field(object, "list").error(), array_field(object, "inner").error()})
    EXPECT_TRUE(error.is(errors::bad_message));
  EXPECT_THAT(text_field(object, "absent").error().message, testing::HasSubstr("'absent'"));
}

TEST(Errors, CrossAProcessBorderUnchanged) {
  for (base::Kind kind :
       {base::Kind::failed, base::Kind::usage, base::Kind::denied, base::Kind::integrity,
        base::Kind::missing, base::Kind::locked, base::Kind::cancelled}) {
    base::Error error("module.code", kind, "what happened", "next step");
    std::string text = json::serialize(to_json(error));
    base::Error back = error_from_json(parse_json_object(text).value());
    EXPECT_EQ(back.code, error.code);
    EXPECT_EQ(back.kind, error.kind);
    EXPECT_EQ(back.message, error.message);
    EXPECT_EQ(back.hint, error.hint);
  }
}

TEST(Errors, FromAnythingElseAreStillErrors) {
  for (const char* text : {"{}", R"({"code":1,"kind":[],"message":{},"hint":null})"}) {
    base::Error error = error_from_json(parse_json_object(text).value());
    EXPECT_EQ(error.code, "wire.bad-message");
    EXPECT_EQ(error.kind, base::Kind::failed);
    EXPECT_FALSE(error.message.empty());
  }
}

}  // namespace
}  // namespace cloister::wire
