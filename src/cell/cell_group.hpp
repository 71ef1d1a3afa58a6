// SPDX-License-Identifier: Apache-2.0
// The control group of one cell, where the machine lets us have one.
#pragma once

#include "cloister/cell/cell.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cloister::cell {

enum class GroupKind { v2, v1, none };

struct GroupSupport {
  GroupKind kind = GroupKind::none;
  std::string why;                   // in words, for status
  std::vector<std::string> parents;  // folders below which a cell gets its own
};

// Looks at the mounted hierarchies (below `root`, "/sys/fs/cgroup") for one where memory and the
// number of processes can be limited: version 2 where the controllers are delegated, else version 1
// where it is writable.
GroupSupport find_groups(const std::string& root = "/sys/fs/cgroup");
std::string limits_by(GroupKind kind);  // "cgroup-v2", "cgroup-v1", "rlimits"

class CellGroup {
 public:
  // Makes the folders and sets the limits. As root before leaving it: the descriptors that it keeps
  // open let the cell's first process join later. Also removes folders whose supervisor is gone.
  static base::Result<CellGroup> make(const GroupSupport& support, const Limits& limits);
  CellGroup() = default;
  CellGroup(CellGroup&&) = default;
  CellGroup& operator=(CellGroup&& other) = default;

  GroupKind kind() const { return kind_; }
  // In the child, between fork and exec.
  bool join() const;
  // When the child has joined: nobody else may any more.
  void forbid_joining() { members_.clear(); }
  std::uint64_t memory_kills() const;      // processes that the memory limit ended
  std::uint64_t cpu_microseconds() const;  // of the whole cell; 0 when not known
  void remove();                           // when its processes are gone

 private:
  base::Outcome add_v1(const std::string& parent, const Limits& limits);
  base::Outcome add_v2(const std::string& parent, const Limits& limits);
  base::Outcome open_members(const std::string& folder);

  GroupKind kind_ = GroupKind::none;
  std::vector<std::string> folders_;
  std::vector<io::Descriptor> members_;
};

}  // namespace cloister::cell
