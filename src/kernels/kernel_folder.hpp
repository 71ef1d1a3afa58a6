// SPDX-License-Identifier: Apache-2.0
// The run folder of one kernel: its sockets, and the file of its journal that has no name.
#pragma once

#include "cloister/cell/kernel.hpp"
#include "cloister/io/disk.hpp"

namespace cloister::kernels {

inline io::Path attach_path(const io::Path& run_folder) {
  return run_folder / "attach.sock";
}
inline io::Path door_path(const io::Path& run_folder) {
  return run_folder / "door";
}

// Makes the folder (0700) and what the supervisor gets.
base::Result<cell::KernelDescriptors> make_kernel_folder(const io::Path& run_folder);

}  // namespace cloister::kernels
