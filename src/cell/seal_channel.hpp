// SPDX-License-Identifier: Apache-2.0
// The supervisor's end of its talk with cloister-seal.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/seal_plan.hpp"
#include "cloister/io/frame_socket.hpp"

#include <sys/types.h>

#include <utility>

namespace cloister::cell {

struct SealStep {
  pid_t process = -1;  // who spoke, in our numbering
  int value = 0;
};

class SealChannel {
 public:
  // Ours, and the end that the seal finds under seal::control_descriptor.
  static base::Result<std::pair<SealChannel, io::Descriptor>> open();
  SealChannel() = default;

  base::Result<SealStep> await(seal::Step expected, io::Deadline deadline);
  base::Outcome answer();
  // The seal's end closes by itself when the payload is executed. `not_executable` with the
  // system's words when it cannot be.
  base::Outcome await_execution(io::Deadline deadline);

 private:
  // Nothing: the other end is closed.
  base::Result<std::optional<std::pair<seal::Message, pid_t>>> receive(io::Deadline deadline);

  io::Descriptor socket_;
};

}  // namespace cloister::cell
