// SPDX-License-Identifier: Apache-2.0
// Puts what a cell shall see where its unprivileged id can reach it.
#pragma once

#include "cloister/base/result.hpp"

#include <string>
#include <vector>

namespace cloister::cell {

struct Staged {
  std::string path;  // where bubblewrap finds it
  bool folder = false;
};

// As root: gives this process a private mount namespace and attaches a copy of each source's mount
// below a tmpfs, so that folders on the way which only root may enter (0700) do not matter. As a
// plain user the paths stay as they are. The result is in the order of `sources`.
base::Result<std::vector<Staged>> stage(const std::vector<std::string>& sources);

}  // namespace cloister::cell
