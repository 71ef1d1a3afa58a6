// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/markup.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cloister::report {
namespace {

TEST(Markup, DataNeverBecomesMarkup) {
  const std::string hostile = "\"><script>alert('x')</script>&lt;";
  Markup out;
  out.open("p", {{"title", hostile}}).text(hostile).close();
  EXPECT_EQ(out.html().find("<script"), std::string::npos);
  // Exactly the three angle brackets of <p …> and </p> are left, and the two quotes of the
  // attribute.
  EXPECT_EQ(std::ranges::count(out.html(), '<'), 2);
  EXPECT_EQ(std::ranges::count(out.html(), '>'), 2);
  EXPECT_EQ(std::ranges::count(out.html(), '"'), 2);
}

TEST(Markup, ControlCharactersBecomeTheReplacementCharacter) {
  EXPECT_EQ(escape(std::string_view("a\0b\x1b[31m", 8)),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd[31m");
  EXPECT_EQ(escape("a\nb\tc"), "a\nb\tc");
}

TEST(Markup, ClosesTheInnermostElement) {
  Markup out;
  out.open("ul").open("li").text("x").close().close();
  EXPECT_EQ(out.html(), "<ul><li>x</li></ul>");
}

TEST(MarkupDeathTest, ClosingNothingIsABug) {
  Markup out;
  EXPECT_DEATH(out.close(), "bug");
}

TEST(MarkupDeathTest, AppendingAnUnclosedPieceIsABug) {
  Markup piece;
  piece.open("p");
  Markup out;
  EXPECT_DEATH(out.append(piece), "bug");
}

}  // namespace
}  // namespace cloister::report
