// SPDX-License-Identifier: Apache-2.0
#include "cloister/data/csv_options.hpp"

#include "cloister/wire/data_errors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

CsvOptions options_of(std::string_view text) {
  auto options = csv_options(text, true, false);
  EXPECT_TRUE(options) << (options ? "" : options.error().message);
  return options.value_or(CsvOptions{});
}

std::vector<std::string> names_of(const CsvOptions& options) {
  std::vector<std::string> names;
  for (const CsvColumn& column : options.columns) names.push_back(column.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(CsvOptions, TheDelimiterIsTheOneThatCutsAllRowsAlike) {
  EXPECT_EQ(options_of("a,b\n1,2\n").delimiter, ',');
  EXPECT_EQ(options_of("a;b\n1,5;2,5\n3;4\n").delimiter, ';');
  EXPECT_EQ(options_of("a\tb\n1\t2\n").delimiter, '\t');
  EXPECT_EQ(options_of("a|b|c\n1|2|3\n").delimiter, '|');
  EXPECT_EQ(options_of("\"a,b,c\";d\n\"x,y,z\";2\n").delimiter, ';');
}

TEST(CsvOptions, TypesAreThoseThatEveryValueFits) {
  auto options = options_of(
      "n,r,d,t,b,s,zip,none\n"
      "1,1,2024-01-01,2024-01-01 10:00,true,x,01234,\n"
      "NA,2.5,NA,2024-01-02 11:30:00,FALSE,NA,99999,\n");
  std::vector<ExactType> types;
  for (const CsvColumn& column : options.columns) types.push_back(column.type);
  EXPECT_EQ(types, (std::vector<ExactType>{ExactType::bigint, ExactType::real, ExactType::date,
                                           ExactType::timestamp, ExactType::boolean,
                                           ExactType::text, ExactType::text, ExactType::text}));
  EXPECT_FALSE(options.columns.back().seen);
}

TEST(CsvOptions, NamesThatAreEmptyOrComeAgainGetClearOnes) {
  EXPECT_EQ(names_of(options_of("\"\",age,AGE,age_2, name \n1,2,3,4,5\n")),
            (Names{"column1", "age", "AGE_3", "age_2", "name"}));
}

TEST(CsvOptions, AFirstRowOfNumbersIsData) {
  auto options = options_of("1,2.5\n3,4\n");
  EXPECT_FALSE(options.header);
  EXPECT_EQ(names_of(options), (Names{"column1", "column2"}));
  EXPECT_EQ(options.columns[1].type, ExactType::real);
  EXPECT_TRUE(options_of("country,2019\nDE,1\n").header);
}

TEST(CsvOptions, AByteOrderMarkIsNotPartOfTheFirstName) {
  auto options = options_of("\xef\xbb\xbfid,x\n1,2\n");
  EXPECT_TRUE(options.byte_order_mark);
  EXPECT_EQ(names_of(options).front(), "id");
}

TEST(CsvOptions, QuotedFieldsHoldDelimitersQuotesAndLines) {
  auto options = options_of("\"a\nb\",\"c\"\"d\"\n\"x,y\",\"1\n2\"\n");
  EXPECT_EQ(names_of(options), (Names{"a\nb", "c\"d"}));
}

TEST(CsvOptions, WhatIsNotATableIsRefused) {
  auto code = [](std::string_view text) {
    auto options = csv_options(text, true, false);
    return options ? std::string() : options.error().code;
  };
  EXPECT_EQ(code(""), errors::empty.name);
  EXPECT_EQ(code(" \n\r\n"), errors::empty.name);
  EXPECT_EQ(code(std::string_view("a,b\n\0,1\n", 8)), errors::not_a_table.name);
  EXPECT_EQ(code("a\x01,b\n1,2\n"), errors::not_a_table.name);
  EXPECT_EQ(code(std::string(600, 'x') + "\n1\n"), errors::not_a_table.name);
  EXPECT_EQ(code("a" + std::string(10'001, ',') + "\n"), errors::not_a_table.name);
}

TEST(CsvOptions, ASampleThatEndsInsideARowUsesTheWholeOnes) {
  auto options = csv_options("n,s\n1,a\n2,\"b", false, false);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->columns[0].type, ExactType::bigint);
  EXPECT_FALSE(csv_options("\"never closed", false, false));
}

}  // namespace
}  // namespace cloister::data
