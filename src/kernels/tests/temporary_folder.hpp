// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace cloister::kernels {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "kernels-XXXXXX";
    path_ = mkdtemp(name.data());
    // The cell's id may pass, as it does through the mount of its cell.
    std::filesystem::permissions(path_, std::filesystem::perms(0711));
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cloister::kernels
