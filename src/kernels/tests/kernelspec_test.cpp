// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/kernelspec.hpp"

#include "kernel_cell.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cloister::kernels {
namespace {

using testing::Contains;
using testing::ElementsAre;

void write(const io::Path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string spec(const std::string& display_name) {
  return R"({"argv":["R","--args","{connection_file}"],"display_name":")" + display_name +
         R"(","language":"R","env":{"LIB":"${HOME}/r"},"interrupt_mode":"message"})";
}

KernelspecPlaces places_in(const io::Path& folder) {
  return {.jupyter_path = {folder / "first"},
          .user_data = folder / "user",
          .prefixes = {folder / "prefix"},
          .ipython = {},
          .system = false};
}

TEST(Kernelspecs, FirstWinsAndOurPythonIsThere) {
  TemporaryFolder folder;
  write(folder.path() / "first/kernels/IR/kernel.json", spec("R first"));
  write(folder.path() / "first/kernels/IR/logo-svg.svg", "<svg/>");
  write(folder.path() / "user/kernels/ir/kernel.json", spec("R user"));
  write(folder.path() / "user/kernels/python3/kernel.json", spec("not ours"));
  write(folder.path() / "prefix/share/jupyter/kernels/julia/kernel.json", spec("Julia"));
  auto specs = find_kernelspecs(places_in(folder.path()));
  ASSERT_EQ(specs.found.size(), 3u);
  EXPECT_EQ(specs.find("ir")->display_name, "R first");
  EXPECT_EQ(specs.find("ir")->resources.at("logo-svg"), "logo-svg.svg");
  EXPECT_EQ(specs.find("ir")->interrupt_mode, cell::InterruptMode::message);
  EXPECT_EQ(specs.find("python3")->display_name, "Python 3 (sealed)");
  EXPECT_NE(specs.find("julia"), nullptr);
  EXPECT_EQ(specs.find("none"), nullptr);
}

TEST(Kernelspecs, ABrokenOneIsSkippedWithAReason) {
  TemporaryFolder folder;
  io::Path kernels = folder.path() / "user/kernels";
  write(kernels / "a/kernel.json", "{");
  write(kernels / "b/kernel.json", R"({"argv":[]})");
  write(kernels / "c/kernel.json",
        R"({"argv":["x"],"metadata":{"kernel_provisioner":{"provisioner_name":"yarn"}}})");
  write(kernels / "d e/kernel.json", spec("name"));
  write(kernels / "f/kernel.json", spec("good"));
  auto specs = find_kernelspecs(places_in(folder.path()));
  EXPECT_EQ(specs.found.size(), 2u);
  ASSERT_EQ(specs.skipped.size(), 4u);
  for (const auto& [path, why] : specs.skipped) EXPECT_FALSE(why.empty()) << path;
}

TEST(KernelCell, PlaceholdersAndVariables) {
  TemporaryFolder folder;
  write(folder.path() / "user/kernels/ir/kernel.json", spec("R"));
  KernelStart start;
  start.id = "k-1";
  start.spec = *find_kernelspecs(places_in(folder.path())).find("ir");
  start.session_path = "a.ipynb";
  start.project = "/srv/project";
  start.folder = "sub";
  ASSERT_TRUE(check_start(start));
  auto cell = cell_of_kernel(start, "/run/door");
  EXPECT_THAT(cell.arguments, ElementsAre("/usr/bin/R", "--args", cell::connection_file_path));
  EXPECT_THAT(cell.environment, Contains("LIB=/home/cell/r"));
  EXPECT_THAT(cell.environment, Contains("JPY_SESSION_NAME=a.ipynb"));
  EXPECT_EQ(cell.folder, "/home/cell/project/sub");
  start.folder = "../out";
  EXPECT_FALSE(check_start(start));
}

}  // namespace
}  // namespace cloister::kernels
