// SPDX-License-Identifier: Apache-2.0
// What a cell sees, for bubblewrap, and what Landlock and the limits say, for the seal.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/cell/seal_plan.hpp"
#include "cloister/cell/supervise.hpp"
#include "cloister/io/descriptor.hpp"

#include "cell_group.hpp"
#include "memory_folders.hpp"
#include "stage.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cloister::cell {

// Inside, everybody is the same person, whoever runs the cell.
inline constexpr unsigned inner_id = 1000;

struct Layout {
  std::vector<std::string> arguments;  // for bwrap --args, without the command
  // Memory files that the arguments name: under `first` the child must find `second`.
  std::vector<std::pair<int, io::Descriptor>> data;
  MemoryFolders memory;  // to be mounted before bubblewrap runs
};

// `mounts` is where the specification's mounts were staged.
base::Result<Layout> lay_out(const CellSpec& spec, const std::vector<Staged>& mounts);

// The plan of cloister-seal: descriptors are found from `first_descriptor` on, in their order.
base::Bytes write_plan(const CellSpec& spec, const std::vector<int>& numbers, int first_descriptor,
                       const std::vector<Staged>& mounts, GroupKind group, int landlock_abi,
                       base::ByteView filter);

}  // namespace cloister::cell
