// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a stop token: the running command cancels cleanly.
#pragma once

#include <stop_token>
#include <thread>

namespace cloister::app {

// Blocks SIGINT and SIGTERM in all threads and waits for them in one of its own. A second signal
// ends the process at once. Made before any other thread starts.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  std::stop_token token() const { return source_.get_token(); }
  bool requested() const { return source_.stop_requested(); }
  void request() { source_.request_stop(); }  // as a signal would; from any thread

 private:
  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace cloister::app
