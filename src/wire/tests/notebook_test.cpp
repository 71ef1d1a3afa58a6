// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/notebook.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/notebook_json.hpp"

#include "counting_random.hpp"
#include "python_repr.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

NotebookNode parsed(std::string_view text) {
  auto node = parse_notebook_json(text);
  EXPECT_TRUE(node.has_value()) << text;
  return node.value_or(NotebookNode("nothing"));
}

TEST(NotebookJson, RefusesInvalidUtf8) {
  for (std::string_view bytes :
       {"\"\x80\"", "\"\xc0\x80\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"", "\"\xe2\x82\"", "\xef\xbb\xbf{}"})
    EXPECT_TRUE(parse_notebook_json(bytes).error().is(errors::bad_json)) << bytes;
}

TEST(NotebookJson, HasLimits) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_notebook_json(nested(200)).has_value());
  EXPECT_TRUE(parse_notebook_json(nested(202)).error().is(errors::too_large));
  EXPECT_TRUE(parse_notebook_json(std::string(1'000'000, '[')).error().is(errors::too_large));
  EXPECT_TRUE(parse_notebook_json(std::string(4300, '7')).has_value());
  EXPECT_TRUE(parse_notebook_json(std::string(4301, '7')).error().is(errors::too_large));
}

TEST(NotebookJson, CompactIsValidJsonEvenWhereThereIsNoNumber) {
  EXPECT_EQ(write_compact(parsed(R"({"b":[NaN,-Infinity,Infinity,1.0],"a":"\ud800\u0007é"})")),
            R"({"a":"\ud800\u0007é","b":[null,null,null,1.0]})");
  EXPECT_EQ(write_indented(parsed("[NaN]")), "[\n NaN\n]");
}

TEST(NotebookNodeTest, KnowsIntegersOfAnySize) {
  EXPECT_EQ(parsed("-7").integer(), -7);
  EXPECT_TRUE(parsed("99999999999999999999").is_integer());
  EXPECT_EQ(parsed("99999999999999999999").integer(), std::nullopt);
  EXPECT_FALSE(parsed("1.0").is_integer());
  EXPECT_FALSE(parsed("1e5").is_integer());
  EXPECT_FALSE(parsed("1e300").is_integer());
  EXPECT_FALSE(parsed("-Infinity").is_integer());
  EXPECT_FALSE(parsed("NaN").is_integer());
  EXPECT_FALSE(parsed("true").is_integer());
}

TEST(NotebookTest, AnEmptyOneIsWrittenAsByPython) {
  CountingRandom random;
  EXPECT_EQ(
      write_notebook(new_notebook(), random)->text,
      "{\n \"cells\": [],\n \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
}

TEST(NotebookTest, UpgradeGivesEachCellAnIdAndRemembersTheVersion) {
  CountingRandom random;
  auto notebook = read_notebook(
      R"({"nbformat":4,"nbformat_minor":2,"metadata":{},
          "cells":[{"cell_type":"raw","metadata":{},"source":["a\n","b"]}]})",
      random);
  ASSERT_TRUE(notebook.has_value());
  EXPECT_EQ(notebook->content.find("nbformat_minor")->integer(), 2);  // reading keeps the version
  upgrade_to_current(notebook->content, random);
  EXPECT_EQ(write_compact(notebook->content),
            R"({"cells":[{"cell_type":"raw","id":"00000001","metadata":{},"source":"a\nb"}],)"
            R"("metadata":{"orig_nbformat_minor":2},"nbformat":4,"nbformat_minor":5})");
  EXPECT_EQ(validation_problem(notebook->content), "");
}

TEST(NotebookTest, AVersionThreeNotebookSaysWhereItCameFrom) {
  CountingRandom random;
  auto notebook = read_notebook(
      R"({"nbformat":3,"nbformat_minor":0,"metadata":{"name":"x"},"worksheets":[]})", random);
  ASSERT_TRUE(notebook.has_value());
  EXPECT_EQ(notebook->content.find("metadata")->find("orig_nbformat")->integer(), 3);
  EXPECT_EQ(notebook->problem, "");
}

TEST(NotebookTest, WhatIsNoNotebookIsNotWritten) {
  CountingRandom random;
  for (std::string_view text :
       {"3", "{}", R"({"nbformat":4})", R"({"nbformat":4,"metadata":{},"cells":[3]})",
        R"({"nbformat":4,"metadata":3,"cells":[]})", R"({"nbformat":2,"worksheets":[]})",
        R"({"nbformat":"4","metadata":{},"cells":[]})"})
    EXPECT_TRUE(write_notebook(parsed(text), random).error().is(errors::bad_notebook)) << text;
}

TEST(NotebookTest, AValidationMessageIsShort) {
  CountingRandom random;
  std::string big(1 << 20, 'x');
  NotebookNode::Object top{{"cells", NotebookNode::Array()},
                           {"metadata", NotebookNode::Object()},
                           {"nbformat", 4},
                           {"nbformat_minor", 5},
                           {"other", big}};
  std::string problem = validation_problem(NotebookNode(std::move(top)));
  EXPECT_THAT(problem, testing::StartsWith("Notebook validation failed: Additional properties"));
  EXPECT_LT(problem.size(), 5000u);
}

TEST(PythonRepr, IsThatOfPython) {
  EXPECT_EQ(python_repr(parsed(R"(["it's","a\"b","a\\\n\t\u0007",null,true,1.5,NaN,{"k":[]}])")),
            "[\"it's\", 'a\"b', 'a\\\\\\n\\t\\x07', None, True, 1.5, nan, {'k': []}]");
  EXPECT_EQ(python_repr(NotebookNode("é汉字"), 3), "'é...");
}

}  // namespace
}  // namespace cloister::wire
