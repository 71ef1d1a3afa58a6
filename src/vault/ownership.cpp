// SPDX-License-Identifier: Apache-2.0
#include "ownership.hpp"

#include "cloister/cell/cell.hpp"
#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::vault {

base::Outcome give_to_worker(const io::Path& folder) {
  if (geteuid() != 0) return {};
  if (lchown(folder.c_str(), cell::unprivileged_id, cell::unprivileged_id) != 0)
    return base::fail_errno(io::errors::system, "cannot give a folder to the worker's id", errno);
  return {};
}

base::Outcome take_back(const io::Descriptor& file) {
  if (fchown(file.number(), geteuid(), getegid()) != 0 || fchmod(file.number(), 0600) != 0)
    return base::fail_errno(io::errors::system, "cannot take a sealed file into the vault", errno);
  return {};
}

}  // namespace cloister::vault
