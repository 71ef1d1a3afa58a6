// SPDX-License-Identifier: Apache-2.0
// Token of one weakening, for test builds only: the cell keeps the network namespace of its
// launcher.
#pragma once

#include "cloister/cell/supervise.hpp"

#ifdef CLOISTER_TEST_WEAKENING  // elsewhere this header has nothing to offer

namespace cloister::cell::weaken {

inline void without_network_namespace(Weakenings& weakenings) {
  weakenings.network_namespace = true;
}

}  // namespace cloister::cell::weaken

#endif
