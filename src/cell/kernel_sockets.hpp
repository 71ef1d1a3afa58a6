// SPDX-License-Identifier: Apache-2.0
// The four ZeroMQ sockets of a kernel's client: the only place that knows libzmq, where its
// exceptions stop.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/io/deadline.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/wire/jupyter_message.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloister::cell {

inline constexpr std::array kernel_channels{wire::Channel::shell, wire::Channel::control,
                                            wire::Channel::stdin, wire::Channel::iopub};

// Belongs to one thread.
class KernelSockets {
 public:
  // One identity for shell, control and stdin: else the kernel's input_request finds nobody.
  static base::Result<std::unique_ptr<KernelSockets>> open(const std::string& identity,
                                                           const wire::JupyterLimits& limits);
  ~KernelSockets();
  KernelSockets(const KernelSockets&) = delete;
  KernelSockets& operator=(const KernelSockets&) = delete;

  // Connects to the very file that the descriptor (O_PATH) holds, and only ever to that one again.
  base::Outcome connect(wire::Channel channel, io::Descriptor file);
  // cell.kernel-busy when the kernel takes nothing more.
  base::Outcome send(wire::Channel channel, const std::vector<base::Bytes>& frames);
  // A whole message, or nothing when none is there. cell.kernel-socket for one over the limits: it
  // is gone, the socket goes on.
  base::Result<std::optional<std::vector<base::Bytes>>> receive(wire::Channel channel);
  // Returns when a channel may have a message, `wake` is readable, or the deadline is there.
  void wait(const io::Descriptor& wake, io::Deadline deadline);
  // How many connections broke since the last call.
  unsigned disconnects();

 private:
  struct State;
  explicit KernelSockets(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloister::cell
