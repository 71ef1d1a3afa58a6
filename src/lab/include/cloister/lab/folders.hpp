// SPDX-License-Identifier: Apache-2.0
// Where JupyterLab's files lie.
#pragma once

#include "cloister/io/disk.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloister::lab {

struct LabFolders {
  io::Path app;                         // static/ schemas/ themes/, as in JupyterLab's wheel
  std::vector<io::Path> labextensions;  // first match wins
  std::vector<io::Path> configuration;  // labconfig/ below each; later ones win
  io::Path user_settings;
  io::Path workspaces;
};

// A name that stays below its folder: no empty, "." or ".." part, no backslash or zero byte.
bool is_plain_relative(std::string_view name);

}  // namespace cloister::lab
