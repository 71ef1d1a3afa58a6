// SPDX-License-Identifier: Apache-2.0
// Token of one weakening, for test builds only: the cell keeps the network namespace of its launcher.
#pragma once

#ifndef CLOISTER_TEST_WEAKENING
#error "Only a test build (CLOISTER_TEST_WEAKENING) may weaken a cell"
#endif

#include "cloister/cell/supervise.hpp"

namespace cloister::cell::weaken {

inline void without_network_namespace(Weakenings& weakenings) {
  weakenings.network_namespace = true;
}

}  // namespace cloister::cell::weaken
