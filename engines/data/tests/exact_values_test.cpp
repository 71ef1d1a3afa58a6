// SPDX-License-Identifier: Apache-2.0
#include "cloister/data/exact_values.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace cloister::data {
namespace {

TEST(ExactValues, WholeNumbersKeepEveryDigit) {
  EXPECT_EQ(exact_bigint("0"), 0);
  EXPECT_EQ(exact_bigint("-12"), -12);
  EXPECT_EQ(exact_bigint("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(exact_bigint("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"007", "-0", "+5", " 5", "5 ", "5.0", "1e3", "1_000", "0x10", "", "-",
                           "9223372036854775808", "١"})
    EXPECT_FALSE(exact_bigint(text)) << text;
}

TEST(ExactValues, FractionsAreNumbersUnlessSomethingWouldBeLost) {
  EXPECT_EQ(exact_real("0.5"), 0.5);
  EXPECT_EQ(exact_real("-12.25"), -12.25);
  EXPECT_EQ(exact_real("1e3"), 1000.0);
  EXPECT_EQ(exact_real("9007199254740992"), 9007199254740992.0);
  for (const char* text : {"007.5", "9007199254740993", "12345678901234567890", "nan", "inf",
                           "1e999", "1,5", "0x1p3", "1.5 ", "--1", "."})
    EXPECT_FALSE(exact_real(text)) << text;
}

TEST(ExactValues, TruthValuesAreWordsOnly) {
  EXPECT_EQ(exact_boolean("TRUE"), true);
  EXPECT_EQ(exact_boolean("false"), false);
  for (const char* text : {"F", "t", "1", "0", "yes"}) EXPECT_FALSE(exact_boolean(text)) << text;
}

TEST(ExactValues, DatesAreIsoAndExist) {
  EXPECT_EQ(exact_date("1970-01-01"), 0);
  EXPECT_EQ(exact_date("2024-02-29"), 19782);
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-00-10", "0000-01-01", "24-01-01",
                           "01/02/2024", "2024-1-1", "2024-01-01 "})
    EXPECT_FALSE(exact_date(text)) << text;
}

TEST(ExactValues, TimeStampsHaveUpToSixPlaces) {
  EXPECT_EQ(exact_timestamp("1970-01-01 00:00"), 0);
  EXPECT_EQ(exact_timestamp("1970-01-01T00:00:01.5"), 1'500'000);
  EXPECT_EQ(exact_timestamp("1969-12-31 23:59:59.999999"), -1);
  for (const char* text :
       {"1970-01-01 24:00:00", "1970-01-01 00:00:60", "1970-01-01", "1970-01-01 00:00:00.1234567",
        "1970-01-01 00:00:00Z", "1970-01-01 00:00:00.", "1970-01-01 0:00:00"})
    EXPECT_FALSE(exact_timestamp(text)) << text;
}

TEST(ExactValues, AMissingValueFitsEveryType) {
  for (const char* text : {"", "NA", "N/A", "NULL", "null", "NaN", "nan"})
    EXPECT_EQ(fitting_types(text), all_types) << text;
  EXPECT_EQ(fitting_types("Na"), 0);
  EXPECT_EQ(fitting_types("7"), 1u << static_cast<unsigned>(ExactType::bigint) |
                                    1u << static_cast<unsigned>(ExactType::real));
}

}  // namespace
}  // namespace cloister::data
