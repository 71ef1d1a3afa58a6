// SPDX-License-Identifier: Apache-2.0
// Token of one weakening, for test builds only: the cell has no Landlock domain.
#pragma once

#include "cloister/cell/supervise.hpp"

#ifdef CLOISTER_TEST_WEAKENING  // elsewhere this header has nothing to offer

namespace cloister::cell::weaken {

inline void without_landlock(Weakenings& weakenings) {
  weakenings.landlock = true;
}

}  // namespace cloister::cell::weaken

#endif
