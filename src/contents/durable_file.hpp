// SPDX-License-Identifier: Apache-2.0
// Files that are wholly there or not at all.
#pragma once

#include "tree.hpp"

namespace cloister::contents {

// Mode and owner that a file is to have.
struct Ownership {
  mode_t mode = 0644;
  uid_t owner = 0;
  gid_t group = 0;
};

// What a new file gets: the folder's owner (a server that runs as root must not take files away
// from the cells), and what an existing one keeps.
base::Result<Ownership> ownership_for(const Place& place);
base::Outcome give_to(const io::Descriptor& file, const Ownership& ownership);

// ".~name" beside the file, written, synced, renamed over it, the folder synced: a crash at any
// step leaves the old content or the new. Jupyter's own name for it, hidden in listings.
std::string name_while_writing(std::string_view name);
base::Outcome replace_content(io::Disk& disk, const Place& place, base::ByteView content);
base::Outcome replace_by_copy(io::Disk& disk, const io::Descriptor& source, const Place& place);
// The last steps: what lies under `from` in the folder becomes the file.
base::Outcome move_over(io::Disk& disk, const Place& place, std::string_view from);

// Appends all of `source` to `target`, a part at a time.
base::Outcome copy_content(io::Disk& disk, const io::Descriptor& source,
                           const io::Descriptor& target);

}  // namespace cloister::contents
