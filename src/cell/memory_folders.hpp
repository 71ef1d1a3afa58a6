// SPDX-License-Identifier: Apache-2.0
// The writable folders of a cell, which live in memory: limited in bytes and in files.
#pragma once

#include "cloister/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloister::cell {

// A file takes memory of the kernel's even when it is empty: one for each page of the size.
std::uint64_t files_max_of(std::uint64_t bytes);

class MemoryFolders {
 public:
  MemoryFolders() = default;
  // `sources`: what bubblewrap must still find by its path, so that nothing is mounted over it.
  explicit MemoryFolders(const std::vector<std::string>& sources);

  // Where bubblewrap will find the folder; nothing when this machine has no place to mount it.
  std::optional<std::string> add(const std::string& mode, std::uint64_t bytes);

  // In a process that may mount (the child, in its user namespace): makes a mount namespace and
  // mounts all.
  // SECURITY: countless empty files do not use up the machine's memory, also without a control
  // group (test: test_nothing_escapes).
  base::Outcome mount() const;

 private:
  std::string place_;  // empty: none
  struct Folder {
    std::string mode;
    std::uint64_t bytes;
  };
  std::vector<Folder> folders_;
};

}  // namespace cloister::cell
