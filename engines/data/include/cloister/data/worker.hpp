// SPDX-License-Identifier: Apache-2.0
// The loop of cloister-data: requests from a frame socket, replies to it.
#pragma once

#include "cloister/io/descriptor.hpp"

#include <string>

namespace cloister::data {

struct WorkerOptions {
  std::string scratch_folder = "/scratch";  // the one folder that the worker can write to
  std::uint64_t import_memory_bytes = 640ull << 20;
  std::uint64_t query_memory_bytes = 2ull << 30;
};

// Serves until the other side closes the socket or sends what is not a request. A second thread
// reads, so that `cancel` and a closed socket interrupt what runs. Returns the exit code.
int serve(io::Descriptor socket, const WorkerOptions& options);

}  // namespace cloister::data
