// SPDX-License-Identifier: Apache-2.0
// What this kernel and this machine offer.
#pragma once

#include <string>

namespace cloister::cell {

int landlock_abi();             // 0: not there, or switched off
bool has_seccomp_notify();      // user notification with the sizes that we know
std::string find_bubblewrap();  // path; empty when it is not installed

}  // namespace cloister::cell
