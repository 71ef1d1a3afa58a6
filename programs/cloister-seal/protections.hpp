// SPDX-License-Identifier: Apache-2.0
// The protections that a process puts on itself. Each returns false with errno set, and the seal
// then executes nothing.
#pragma once

#include "plan.hpp"

namespace cloister::seal {

bool set_limits(const Plan& plan);
bool enter_landlock(const Plan& plan);
// Installs the supervisor's filter; returns the number of its listener, or -1.
int install_filter(const Plan& plan);
// For process 1 of the cell, which only waits: nothing but waiting, writing and ending.
bool install_waiting_filter();

}  // namespace cloister::seal
