// SPDX-License-Identifier: Apache-2.0
// Builds a cell and holds what its supervisor watches.
#pragma once

#include "cloister/cell/spec_json.hpp"
#include "cloister/cell/supervise.hpp"
#include "cloister/io/frame_socket.hpp"

#include "cell_group.hpp"
#include "network_witness.hpp"
#include "own_sockets.hpp"
#include "recorder.hpp"

#include <memory>

namespace cloister::cell {

// A process that is killed and, if it is our child, reaped at the end of its owner.
class HeldProcess {
 public:
  HeldProcess() = default;
  static base::Result<HeldProcess> hold(pid_t id, bool child);
  ~HeldProcess() { end(); }
  HeldProcess(HeldProcess&& other) noexcept;
  HeldProcess& operator=(HeldProcess&& other) noexcept;

  pid_t id() const { return id_; }
  const io::Descriptor& pidfd() const { return pidfd_; }
  void signal(int number) const;
  void end();  // SIGKILL, and waits until it is gone

 private:
  pid_t id_ = -1;
  bool child_ = false;
  io::Descriptor pidfd_;
};

// Members are destroyed from the last to the first: processes before the group that holds them.
struct RunningCell {
  CellGroup group;
  NetworkWitness witness;
  io::Descriptor errors;   // what bubblewrap complained about
  io::Descriptor status;   // seal::Ended, once
  HeldProcess bubblewrap;  // our child
  HeldProcess init;        // process 1 of the cell: when it ends, all do
  HeldProcess payload;
  OwnSockets sockets;
  std::unique_ptr<Recorder> recorder;
};

// As root, leaves root on the way. Returns when the payload has been executed.
base::Result<RunningCell> build_cell(Request request, Weakenings weakenings);

}  // namespace cloister::cell
