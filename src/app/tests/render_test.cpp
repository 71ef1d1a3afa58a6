// SPDX-License-Identifier: Apache-2.0
#include "render.hpp"

#include <gmock/gmock.h>

namespace cloister::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Render, ControlCharactersAreShownNotObeyed) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("line\nline\r"), "line\\x0aline\\x0d");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");  // the one-character CSI
  EXPECT_EQ(printable("Zürich 漢字"), "Zürich 漢字");
}

TEST(Render, RowsWithEscapesStayOnTheirLine) {
  api::Reply reply;
  reply.result = {{"columns", {{{"name", "x\x1b[31m"}, {"type", "VARCHAR"}}}}};
  reply.body = R"([["a\nb\u001b]0;title\u0007"]])";
  std::string shown = render_rows(reply, "table");
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 2);
}

TEST(Render, TableAlignsNumbersRightAndFits) {
  std::string shown = table({"name", "n"}, {{"a", "1"}, {"bb", "1,000"}}, 80);
  EXPECT_EQ(shown, "name      n\na         1\nbb    1,000\n");
  std::string narrow = table({"text"}, {{std::string(200, 'x')}}, 40);
  EXPECT_LE(display_width(narrow.substr(0, narrow.find('\n'))), 40u);
  EXPECT_THAT(narrow, HasSubstr("…"));
}

TEST(Render, WideCharactersCountTwice) {
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("äöü"), 3u);
}

TEST(Render, CsvQuotesWhatNeedsIt) {
  api::Reply reply;
  reply.result = {
      {"columns", {{{"name", "a"}, {"type", "VARCHAR"}}, {{"name", "b"}, {"type", "DOUBLE"}}}}};
  reply.body = R"([["x,\"y\"",1.5],[null,2.0],["",6.194]])";
  EXPECT_EQ(render_rows(reply, "csv"), "a,b\r\n\"x,\"\"y\"\"\",1.5\r\n,2\r\n\"\",6.194\r\n");
}

}  // namespace
}  // namespace cloister::app
