// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/json5.hpp"

#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

std::string read(std::string_view text) {
  auto value = parse_json5(text);
  return value ? json::serialize(*value) : "error: " + value.error().message;
}

// The example on the first page of json5.org.
TEST(Json5, ReadsTheKitchenSink) {
  EXPECT_EQ(
      read(R"({
  // comments
  unquoted: 'and you can quote me on that',
  singleQuotes: 'I can use "double quotes" here',
  lineBreaks: "Look, Mom! \
No \\n's!",
  hexadecimal: 0xdecaf,
  leadingDecimalPoint: .8675309, andTrailing: 8675309.,
  positiveSign: +1,
  trailingComma: 'in objects', andIn: ['arrays',],
  "backwardsCompatible": "with JSON", /* all of it */
})"),
      R"({"unquoted":"and you can quote me on that",)"
      R"("singleQuotes":"I can use \"double quotes\" here",)"
      R"("lineBreaks":"Look, Mom! No \\n's!","hexadecimal":912559,)"
      R"("leadingDecimalPoint":8.675309E-1,"andTrailing":8.675309E6,"positiveSign":1,)"
      R"("trailingComma":"in objects","andIn":["arrays"],"backwardsCompatible":"with JSON"})");
}

TEST(Json5, ReadsNumbersAndEscapes) {
  EXPECT_EQ(read("[-5, 1e3, -0x10, 9223372036854775807, 9223372036854775808]"),
            "[-5,1E3,-16,9223372036854775807,9.223372036854776E18]");
  EXPECT_EQ(read(R"('\x41\u00e9\ud83d\ude00\t\q')"), "\"A\xc3\xa9\xf0\x9f\x98\x80\\tq\"");
  EXPECT_EQ(read("{a: 1, a: 2}"), "{\"a\":2}");
  EXPECT_EQ(read(" /**/ null // end"), "null");
}

TEST(Json5, SaysWhereItIsWrong) {
  for (const char* text :
       {"",       "{",           "[1",        "{a}",       "{a:}", "[1 2]", "{,}",      "'x",
        "'a\nb'", "/* x",        "01",        "1x",        "--1",  "NaN",   "Infinity", "nul",
        "{} {}",  R"('\ud83d')", R"('\xg0')", "{a:1 b:2}", "+",    ".",     "0x"})
    EXPECT_TRUE(read(text).starts_with("error: not JSON")) << text << read(text);
  EXPECT_NE(read("{\n\n  a: ?\n}").find("in line 3"), std::string::npos);
  EXPECT_TRUE(read(std::string(100, '[')).starts_with("error"));
}

}  // namespace
}  // namespace cloister::wire
