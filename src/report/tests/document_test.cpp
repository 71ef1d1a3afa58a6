// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/document.hpp"

#include <gmock/gmock.h>

namespace cloister::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Document sample() {
  Document document(
      {.title = "Tour <of> Cloister", .subtitle = "today", .facts = {{"root", "ab12"}}},
      {"One sentence."}, "Run tools/verify-ledger.");
  Section section("Results & more");
  section.bars({.title = "Sleep", .unit = "people", .digits = 0},
               {{"8 hours", 3120}, {"<5 hours", 17}});
  section.claims({{.verdict = Verdict::held, .title = "sealed", .evidence = "0 bytes"},
                  {.verdict = Verdict::failed, .title = "broken", .evidence = "7 bytes"}});
  section.table({.header = {"a", "b"}, .rows = {{"<x>", "1"}}, .numeric = {false, true}});
  document.add(std::move(section));
  return document;
}

TEST(Document, PolicyForbidsScripts) {
  std::string html = sample().html();
  EXPECT_THAT(html, HasSubstr("default-src &#39;none&#39;"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(Document, LoadsNothingFromElsewhere) {
  std::string html = sample().html();
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
}

TEST(Document, ListsItsSectionsAndEscapesTheirTitles) {
  std::string html = sample().html();
  EXPECT_THAT(html, HasSubstr("<a href=\"#section-1\">Results &amp; more</a>"));
  EXPECT_THAT(html, HasSubstr("<section id=\"section-1\">"));
  EXPECT_THAT(html, HasSubstr("<h1>Tour &lt;of&gt; Cloister</h1>"));
}

TEST(Document, ChartHasItsNumbersBeneath) {
  std::string html = sample().html();
  EXPECT_THAT(html, HasSubstr("<td class=\"text\">8 hours</td><td class=\"number\">3,120</td>"));
}

TEST(Document, VerdictsDifferByWordNotOnlyByColour) {
  std::string html = sample().html();
  EXPECT_THAT(html, HasSubstr("● held"));
  EXPECT_THAT(html, HasSubstr("▲ FAILED"));
}

TEST(DocumentDeathTest, APictureThatIsNotBase64IsABug) {
  Section section("x");
  EXPECT_DEATH(section.png("\"onload=", "x"), "bug");
}

}  // namespace
}  // namespace cloister::report
