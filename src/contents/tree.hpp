// SPDX-License-Identifier: Apache-2.0
// The folder below which everything lies, and the only way to open something in it.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/contents/path.hpp"
#include "cloister/io/disk.hpp"

#include <sys/types.h>

#include <optional>

namespace cloister::contents {

// What statx says about a file or folder.
struct Entry {
  mode_t mode = 0;
  uid_t owner = 0;
  gid_t group = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  base::WallTime modified;
  base::WallTime created;
  bool writable = false;

  bool folder() const;
  bool file() const;
  bool link() const;
};

// One name in one open folder: whoever moves or replaces folders meanwhile changes nothing about
// where a step lands.
struct Place {
  io::Descriptor folder;
  std::string name;

  io::Path folder_path() const;  // /proc/self/fd/N: for the Disk, whose paths are absolute
  io::Path path(std::string_view other) const;  // another name in the same folder
  io::Path path() const { return path(name); }
};

// Code in a cell writes to this tree while we read it. Thread-safe.
// SECURITY: nothing outside the root is opened, whatever links and renames say (test:
// ContentsLinks.NoLinkLeavesTheRoot).
class Tree {
 public:
  static base::Result<Tree> open(const io::Path& root);

  base::Result<Entry> entry(const ApiPath& path) const;       // links followed
  base::Result<Entry> link_entry(const ApiPath& path) const;  // the last name not followed
  base::Result<io::Descriptor> open_folder(const ApiPath& path) const;  // for reading its names
  base::Result<io::Descriptor> open_file(const ApiPath& path) const;  // a regular file, for reading
  base::Result<Place> place(const ApiPath& path) const;               // the name itself
  base::Result<Place> real_place(const ApiPath& path) const;  // of an existing file, links followed

 private:
  explicit Tree(io::Descriptor root) : root_(std::move(root)) {}
  base::Result<io::Descriptor> open_beneath(const std::string& path, std::uint64_t flags) const;
  io::Descriptor root_;
};

std::optional<Entry> entry_at(int folder, const char* name);  // a link itself
base::Result<Entry> entry_of(const io::Descriptor& file);

}  // namespace cloister::contents
