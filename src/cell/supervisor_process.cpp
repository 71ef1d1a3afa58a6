// SPDX-License-Identifier: Apache-2.0
#include "supervisor_process.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/cell/supervise.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace cloister::cell {
namespace {

constexpr std::chrono::seconds request_time{5};

}  // namespace

base::Result<SupervisorProcess> start_supervisor(const io::Frame& request) {
  std::string program = io::program_folder() + "/cloister-cell";
  if (access(program.c_str(), X_OK) != 0)
    return base::fail(errors::program_missing, fmt::format("{} is missing", program));
  CLOISTER_TRY(io::DescriptorPair control, io::socket_pair());
  io::Command command{.arguments = {program},
                      .environment = {},
                      .folder = "/",
                      .descriptors = {{supervisor_control_descriptor, &control.second}},
                      // It ends with its control socket. PR_SET_PDEATHSIG would end it with the
                      // thread that called this.
                      .end_with_parent = false};
  CLOISTER_TRY(io::Process process, io::Process::start(command));
  control.second.close();
  io::FrameSocket socket(std::move(control.first));
  CLOISTER_TRY_DO(socket.send(request, io::deadline_in(request_time)));
  return SupervisorProcess{.process = std::move(process), .control = std::move(socket)};
}

base::Result<Event> next_event(io::FrameSocket& control, io::Deadline deadline) {
  auto frame = control.receive(deadline);
  if (!frame)
    return base::fail(errors::supervisor_gone,
                      "the supervisor of a cell went away (" + frame.error().message + ")");
  return event_from_json(frame->header);
}

}  // namespace cloister::cell
