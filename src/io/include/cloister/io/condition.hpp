// SPDX-License-Identifier: Apache-2.0
// What tasks wait on for each other.
#pragma once

#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <list>

namespace cloister::io {

// Tasks wait, another task notifies; what has changed is for the waiter to see: wait in a loop. On
// the loop's thread only. Outlives its waiters.
class Condition {
 public:
  explicit Condition(EventLoop& loop) : loop_(loop) {}
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // io.timeout, io.cancelled. A notification before the wait is not kept.
  Task<base::Outcome> wait(Deadline deadline);
  Task<> wait_uncancelled();  // goes on waiting when its task is cancelled
  void notify_one();          // the one that waits longest
  void notify_all();
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  struct Waiter;
  EventLoop& loop_;
  std::list<Waiter*> waiters_;
};

}  // namespace cloister::io
