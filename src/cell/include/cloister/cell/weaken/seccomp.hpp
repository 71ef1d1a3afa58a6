// SPDX-License-Identifier: Apache-2.0
// Token of one weakening, for test builds only: the cell has no system call filter, and so no recorder but the sinkhole.
#pragma once

#ifndef CLOISTER_TEST_WEAKENING
#error "Only a test build (CLOISTER_TEST_WEAKENING) may weaken a cell"
#endif

#include "cloister/cell/supervise.hpp"

namespace cloister::cell::weaken {

inline void without_seccomp(Weakenings& weakenings) {
  weakenings.seccomp = true;
}

}  // namespace cloister::cell::weaken
