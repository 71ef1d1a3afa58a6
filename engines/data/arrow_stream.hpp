// SPDX-License-Identifier: Apache-2.0
// A result as an Arrow IPC stream in sealed memory.
#pragma once

#include "cloister/io/descriptor.hpp"

#include "database.hpp"

#include <atomic>
#include <cstdint>

namespace cloister::data {

struct ArrowStream {
  io::Descriptor memory;  // sealed
  std::uint64_t rows = 0;
  bool truncated = false;
};

// Reads the result to its end or to the row limit. data.result-too-large when the stream would
// become longer than bytes_max: a part of the rows would be taken for all of them.
base::Result<ArrowStream> write_arrow(Connection& connection, Result& result,
                                      std::uint64_t row_limit, std::uint64_t bytes_max,
                                      const std::atomic<bool>& cancelled);

}  // namespace cloister::data
