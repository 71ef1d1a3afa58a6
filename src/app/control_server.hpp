// SPDX-License-Identifier: Apache-2.0
// The server's end of the control socket: one task per connection, one command per connection.
#pragma once

#include "cloister/api/studio.hpp"
#include "cloister/io/async_socket.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task_group.hpp"

namespace cloister::app {

// Lives on the loop's thread; commands run on the loop's pool. stop() cancels what runs and waits
// for it.
class ControlServer {
 public:
  ControlServer(io::EventLoop& loop, api::Studio& studio);
  void start(io::Descriptor listener);
  io::Task<> stop();

 private:
  io::Task<> answer(io::Descriptor connection);

  io::EventLoop& loop_;
  api::Studio& studio_;
  io::TaskGroup connections_;
  std::stop_source stopping_;
};

}  // namespace cloister::app
