// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include "cloister/app/errors.hpp"

#include "help.hpp"

#include <gmock/gmock.h>

#include <set>

namespace cloister::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

base::Result<ParsedLine> parse(const std::vector<std::string>& words) {
  return parse_line(words);
}

TEST(CommandLine, GlobalOptionsStandBeforeOrAfterTheVerb) {
  auto before = parse({"--home", "/h", "--json", "data", "list"});
  auto after = parse({"data", "list", "--json", "--home=/h"});
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->command->verb, "data list");
  EXPECT_EQ(before->values, after->values);
  EXPECT_EQ(*before->find("home"), "/h");
}

TEST(CommandLine, RepeatedOptionsKeepTheirOrder) {
  auto line = parse({"run", "a.py", "--dataset", "x", "--dataset", "y"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->values.at("dataset"), ElementsAre("x", "y"));
}

TEST(CommandLine, AnOptionGivenTwiceIsRefused) {
  auto line = parse({"data", "query", "select 1", "--limit", "1", "--limit", "2"});
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().kind, base::Kind::usage);
}

TEST(CommandLine, TypingErrorsGetASuggestion) {
  EXPECT_THAT(parse({"data", "improt", "f"}).error().hint, HasSubstr("data import"));
  EXPECT_THAT(parse({"stauts"}).error().hint, HasSubstr("status"));
  EXPECT_THAT(parse({"data", "list", "--jsno"}).error().hint, HasSubstr("--json"));
}

TEST(CommandLine, MissingAndExtraWordsAreUsageErrors) {
  EXPECT_EQ(parse({"data", "import"}).error().kind, base::Kind::usage);
  EXPECT_EQ(parse({"data", "list", "x"}).error().kind, base::Kind::usage);
  EXPECT_EQ(parse({"data"}).error().kind, base::Kind::usage);
  EXPECT_EQ(parse({}).error().kind, base::Kind::usage);
  EXPECT_EQ(parse({"data", "query", "x", "--limit"}).error().kind, base::Kind::usage);
  EXPECT_EQ(parse({"watch", "--follow=yes"}).error().kind, base::Kind::usage);
}

TEST(CommandLine, AfterTwoDashesEverythingIsAWord) {
  auto line = parse({"data", "query", "--", "--select"});
  ASSERT_TRUE(line);
  EXPECT_EQ(*line->find("sql"), "--select");
}

TEST(CommandLine, HelpKnowsWhichCommandItIsAbout) {
  EXPECT_EQ(parse({"data", "import", "--help"})->help_prefix, "data import");
  EXPECT_EQ(parse({"help", "data"})->help_prefix, "data");
  EXPECT_EQ(parse({"--help"})->help_prefix, "");
}

TEST(Help, EveryCommandHasASummaryAndAnExampleThatParses) {
  for (const CommandSyntax& command : syntax()) {
    EXPECT_FALSE(command.summary.empty()) << command.verb;
    EXPECT_THAT(std::string(command.example), HasSubstr("cloister " + std::string(command.verb)));
    EXPECT_THAT(help_text(command.verb), HasSubstr(std::string(command.example)));
  }
}

TEST(Help, LinesFitATerminal) {
  for (const CommandSyntax& command : syntax()) {
    std::string text = help_text(command.verb);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find('\n', at);
      EXPECT_LE(end - at, 120u) << text.substr(at, end - at);
      at = end + 1;
    }
  }
}

TEST(Completion, ThreeShellsAndNoOther) {
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_THAT(completion_script(shell), HasSubstr("import"));
  EXPECT_EQ(completion_script("tcsh"), "");
}

TEST(Syntax, NoVerbAndNoOptionTwice) {
  std::set<std::string_view> verbs;
  for (const CommandSyntax& command : syntax()) {
    EXPECT_TRUE(verbs.insert(command.verb).second) << command.verb;
    std::set<std::string_view> names;
    for (const Option& option : global_options()) names.insert(option.name);
    for (const Option& option : command.options)
      EXPECT_TRUE(names.insert(option.name).second) << command.verb << " " << option.name;
  }
}

}  // namespace
}  // namespace cloister::app
