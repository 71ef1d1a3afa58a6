// SPDX-License-Identifier: Apache-2.0
// JupyterLab folders made for one test.
#pragma once

#include "cloister/lab/folders.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace cloister::lab {

class MadeFolders : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lab-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    folders_ = {.app = root_ / "app",
                .labextensions = {root_ / "first", root_ / "second"},
                .configuration = {root_ / "config"},
                .user_settings = root_ / "settings",
                .workspaces = root_ / "workspaces"};
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::string read(const std::string& name) {
    std::ifstream file(root_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  io::Path root_;
  LabFolders folders_;
  io::SystemDisk disk_;
};

}  // namespace cloister::lab
