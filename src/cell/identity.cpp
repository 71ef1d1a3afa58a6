// SPDX-License-Identifier: Apache-2.0
#include "identity.hpp"

#include "cloister/cell/cell.hpp"
#include "cloister/cell/errors.hpp"

#include <grp.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::cell {

bool is_root() {
  return geteuid() == 0;
}

base::Outcome become_unprivileged() {
  constexpr unsigned id = unprivileged_id;
  if (setgroups(0, nullptr) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
    return base::fail_errno(errors::setup_failed, "cannot change to an unprivileged id", errno);
  if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
    return base::fail(errors::setup_failed, "root could be had back after leaving it");
  return {};
}

}  // namespace cloister::cell
