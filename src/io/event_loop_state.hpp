// SPDX-License-Identifier: Apache-2.0
// What an EventLoop is made of; private to this module.
#pragma once

#include "cloister/io/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <map>
#include <thread>

namespace cloister::io {

namespace asio = boost::asio;

struct EventLoop::State {
  explicit State(const EventLoopOptions& chosen)
      : manual_time(chosen.manual_time), pool(chosen.blocking_threads) {}

  const bool manual_time;
  std::atomic<std::chrono::steady_clock::duration::rep> manual_now{0};
  // Waits of manual time, by deadline; on the loop's thread. Before the context, whose end destroys
  // the tasks that still wait.
  std::multimap<Deadline, asio::steady_timer*> manual_timers;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
  asio::thread_pool pool;  // after the context: its threads end before the context goes
};

// A timer of the loop's time. Somebody who waits on it looks at due(), not at the timer's error
// code: moved time, waking and cancelling all end the wait early.
class LoopTimer {
 public:
  LoopTimer(EventLoop& loop, Deadline deadline);
  ~LoopTimer();
  LoopTimer(const LoopTimer&) = delete;
  LoopTimer& operator=(const LoopTimer&) = delete;

  asio::steady_timer& timer() { return timer_; }
  bool due() const { return loop_.now() >= deadline_; }

 private:
  EventLoop& loop_;
  Deadline deadline_;
  asio::steady_timer timer_;
};

// The stream is ready for `what`.
Task<base::Outcome> wait_ready(EventLoop& loop, asio::posix::stream_descriptor& stream,
                               asio::posix::stream_descriptor::wait_type what, Deadline deadline);

// Cancellation becomes a value inside `task` (see task.hpp): the start of every chain of tasks.
Task<> without_throwing(Task<> task);

inline std::unexpected<base::Error> was_cancelled() {
  return base::fail(errors::cancelled, "cancelled");
}

}  // namespace cloister::io
