// SPDX-License-Identifier: Apache-2.0
// Against the bytes that Python's nbformat wrote: tests/vectors/notebooks/generate.py.
#include "cloister/wire/notebook.hpp"
#include "cloister/wire/notebook_json.hpp"

#include "counting_random.hpp"
#include "notebook_check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace cloister::wire {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(CLOISTER_SOURCE_DIR) / "tests/vectors/notebooks";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string name = entry.path().filename();
    if (name.ends_with(".ipynb") && !name.ends_with(".expected.ipynb"))
      found.push_back(name.substr(0, name.size() - 6));
  }
  std::ranges::sort(found);
  return found;
}

class NotebookVectors : public testing::TestWithParam<std::string> {};

TEST_P(NotebookVectors, AreReadAndWrittenAsByPython) {
  CountingRandom random;
  auto notebook = read_notebook(read(folder / (GetParam() + ".ipynb")), random);
  if (std::filesystem::exists(folder / (GetParam() + ".unreadable"))) {
    ASSERT_FALSE(notebook.has_value());
    return;
  }
  ASSERT_TRUE(notebook.has_value()) << notebook.error().message;
  auto written = write_notebook(notebook->content, random);
  ASSERT_TRUE(written.has_value()) << written.error().message;
  EXPECT_EQ(written->text, read(folder / (GetParam() + ".expected.ipynb")));
}

TEST_P(NotebookVectors, AreValidOrNotAsForPython) {
  CountingRandom random;
  auto notebook = read_notebook(read(folder / (GetParam() + ".ipynb")), random);
  if (!notebook) return;
  auto message = folder / (GetParam() + ".message");
  auto problem = find_schema_problem(notebook->content);
  ASSERT_EQ(problem.has_value(), std::filesystem::exists(message))
      << (problem ? problem->message : "");
  if (!problem) return;
  EXPECT_EQ(problem->message, read(message));
  EXPECT_TRUE(notebook->problem.starts_with("Notebook validation failed: " + problem->message));
}

// What was written is read again as the same notebook, and written as the same bytes.
TEST_P(NotebookVectors, AreStable) {
  CountingRandom random;
  auto notebook = read_notebook(read(folder / (GetParam() + ".ipynb")), random);
  if (!notebook) return;
  auto written = write_notebook(notebook->content, random);
  auto again = read_notebook(written->text, random);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(write_notebook(again->content, random)->text, written->text);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (!isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, NotebookVectors, testing::ValuesIn(names()), test_name);

TEST(NotebookVectorFiles, AreAllThere) {
  EXPECT_EQ(names().size(), 70u);
}

}  // namespace
}  // namespace cloister::wire
