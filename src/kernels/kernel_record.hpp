// SPDX-License-Identifier: Apache-2.0
// kernel.json in a kernel's run folder: what a restarted server needs to find it again.
#pragma once

#include "cloister/kernels/kernel.hpp"

#include <cstdint>

namespace cloister::kernels {

struct KernelRecord {
  KernelStart start;
  pid_t supervisor = -1;
  std::uint64_t started = 0;  // of the supervisor, in the kernel's ticks since boot
};

base::Outcome write_record(const io::Path& run_folder, const KernelRecord& record);
base::Result<KernelRecord> read_record(const io::Path& run_folder);

// When the process started; 0 when there is none. With its number it names one process for ever.
std::uint64_t start_of_process(pid_t process);

}  // namespace cloister::kernels
