// SPDX-License-Identifier: Apache-2.0
// Token of one weakening, for test builds only: the cell has no system call filter, and so no
// recorder but the sinkhole.
#pragma once

#include "cloister/cell/supervise.hpp"

#ifdef CLOISTER_TEST_WEAKENING  // elsewhere this header has nothing to offer

namespace cloister::cell::weaken {

inline void without_seccomp(Weakenings& weakenings) {
  weakenings.seccomp = true;
}

}  // namespace cloister::cell::weaken

#endif
