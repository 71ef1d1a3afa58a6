// SPDX-License-Identifier: Apache-2.0
// The process that becomes bubblewrap: makes the namespaces that the supervisor must have a foot
// in.
#pragma once

#include "cloister/cell/supervise.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/io/frame_socket.hpp"

#include "cell_group.hpp"
#include "memory_folders.hpp"
#include "recorder.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cloister::cell {

struct ChildOrder {
  std::string bubblewrap;
  std::vector<std::string> command;              // its arguments
  std::vector<std::pair<int, int>> descriptors;  // first is put at second
  int errors = -1;                               // becomes standard error
  const CellGroup* group = nullptr;
  MemoryFolders memory;  // mounted for bubblewrap to bind
  Weakenings weakenings;
};

// Forks. The child joins its control group, makes a user and a network namespace, brings lo up,
// binds the sinkhole's sockets, hands them over on `report`, mounts the cell's memory folders, and
// executes bubblewrap with an empty environment.
base::Result<pid_t> start_child(const ChildOrder& order, const io::Descriptor& report);

// The other end of `report`: the sockets, or why there is no wall.
base::Result<NameServer> await_child(io::FrameSocket& report, io::Deadline deadline);

}  // namespace cloister::cell
