// SPDX-License-Identifier: Apache-2.0
// Who a supervisor and its cell are, and leaving root behind.
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::cell {

bool is_root();

// From root to `unprivileged_id`: groups, group, user, for good.
// SECURITY: called before bubblewrap and before anything foreign is read; a process of the cell
// then owns no file of root's (test: test_identities_of_every_process).
base::Outcome become_unprivileged();

}  // namespace cloister::cell
