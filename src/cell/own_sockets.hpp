// SPDX-License-Identifier: Apache-2.0
// Which Unix sockets with a path the code in a cell may connect to: those in the cell's own memory
// folders, and those that its specification mounts by name (the door).
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/io/descriptor.hpp"

#include <sys/types.h>

#include <expected>
#include <set>
#include <string>
#include <utility>

namespace cloister::cell {

// Why a path leads to no socket of the cell's.
struct NoSocket {
  int error = 0;
  bool foreign = false;  // it leads to a socket, but of the outside
};

class OwnSockets {
 public:
  OwnSockets() = default;
  // `process` is any process of the finished cell.
  static base::Result<OwnSockets> of(pid_t process, const CellSpec& spec);

  // Follows `path` as `thread` would, and holds what it found (O_PATH): a file that takes its place
  // afterwards is not what is connected to. No namespace keeps sockets with a path apart, so
  // a host's socket in a mounted folder could be reached otherwise.
  std::expected<io::Descriptor, NoSocket> find(long thread, const std::string& path) const;
  // The same, but not what the specification mounts: for the supervisor's own connections.
  std::expected<io::Descriptor, NoSocket> find_in_memory(long thread,
                                                         const std::string& path) const;

 private:
  std::set<dev_t> folders_;
  std::set<std::pair<dev_t, ino_t>> named_;
};

}  // namespace cloister::cell
