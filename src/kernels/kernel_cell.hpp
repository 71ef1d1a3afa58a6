// SPDX-License-Identifier: Apache-2.0
// The cell of one kernel: what it sees, and how its command line reads there.
#pragma once

#include "cloister/kernels/kernel.hpp"

namespace cloister::kernels {

base::Outcome check_start(const KernelStart& start);
cell::CellSpec cell_of_kernel(const KernelStart& start, const io::Path& door);

}  // namespace cloister::kernels
