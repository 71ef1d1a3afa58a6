// SPDX-License-Identifier: Apache-2.0
// Starting cloister-cell and telling it what to do: shared by cells that end with their owner and
// by kernels, which do not.
#pragma once

#include "cloister/cell/event_json.hpp"
#include "cloister/io/frame_socket.hpp"
#include "cloister/io/process.hpp"

namespace cloister::cell {

struct SupervisorProcess {
  io::Process process;
  io::FrameSocket control;
};
base::Result<SupervisorProcess> start_supervisor(const io::Frame& request);

base::Result<Event> next_event(io::FrameSocket& control, io::Deadline deadline);

// Longer than the supervisor's own deadline.
inline constexpr std::chrono::seconds supervisor_start_time{90};

}  // namespace cloister::cell
