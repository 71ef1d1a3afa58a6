// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/chart.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace cloister::report {
namespace {

using testing::HasSubstr;

TEST(BarChart, LengthsAreProportionalFromZero) {
  std::string svg =
      bar_chart({.title = "t", .unit = "", .digits = 0}, {{"a", 10}, {"b", 5}}).html();
  // The room for bars is 410 units wide.
  EXPECT_THAT(svg, HasSubstr("width=\"410.0\""));
  EXPECT_THAT(svg, HasSubstr("width=\"205.0\""));
}

TEST(BarChart, AllZeroDrawsEmptyBars) {
  std::string svg = bar_chart({.title = "t", .unit = "", .digits = 0}, {{"a", 0}}).html();
  EXPECT_THAT(svg, HasSubstr("width=\"0.0\""));
}

TEST(BarChart, LabelsAreEscapedAndCutBetweenCharacters) {
  std::string svg =
      bar_chart({.title = "t", .unit = "", .digits = 0}, {{"<b>", 1}, {"äääääääääääääääääääää", 1}})
          .html();
  EXPECT_THAT(svg, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(svg, HasSubstr("äääääääääääää…"));
}

TEST(Histogram, TallestColumnEndsBelowARoundNumber) {
  std::string svg =
      histogram({.title = "t", .unit = "years", .digits = 0}, {{0, 1, 3}, {1, 2, 4}}).html();
  EXPECT_THAT(svg, HasSubstr(">5</text>"));
  EXPECT_THAT(svg, HasSubstr("height=\"168.0\""));  // 4 of 5 of 210 units
}

TEST(ChartDeathTest, AValueThatIsNoNumberIsABug) {
  EXPECT_DEATH(bar_chart({.title = "t", .unit = "", .digits = 0},
                         {{"a", std::numeric_limits<double>::quiet_NaN()}}),
               "bug");
  EXPECT_DEATH(bar_chart({.title = "t", .unit = "", .digits = 0}, {{"a", -1}}), "bug");
}

}  // namespace
}  // namespace cloister::report
