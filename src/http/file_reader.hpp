// SPDX-License-Identifier: Apache-2.0
// Reads files for sending: what is in memory at once, what is on the disk on the pool.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <cstdint>
#include <span>

namespace cloister::http {

// Fills all of `out` from `offset`. io.closed when the file ends before, io.system.
io::Task<base::Outcome> read_file_at(io::EventLoop& loop, int file, std::uint64_t offset,
                                     std::span<std::byte> out);

}  // namespace cloister::http
