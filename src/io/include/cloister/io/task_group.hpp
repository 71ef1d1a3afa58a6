// SPDX-License-Identifier: Apache-2.0
// Structured concurrency: nobody starts a task that nobody waits for.
#pragma once

#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <cstddef>
#include <memory>

namespace cloister::io {

// Owns every task that was spawned into it. A service holds one group; its stop() ends with
// `co_await group.stop()`, and then nothing of the service runs any more. On the loop's thread only
// (or while the loop does not run). A bug to destroy with tasks in it: it aborts.
class TaskGroup {
 public:
  explicit TaskGroup(EventLoop& loop);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the task. False, and the task never runs, once stop() was called. An exception that
  // leaves the task is a bug: it aborts in debug builds and is a log line in a release.
  bool spawn(Task<> task);
  std::size_t size() const;

  // Cancels all tasks and waits until the last one has ended; later spawns are refused. The wait
  // has no deadline of its own: a task that cannot be cancelled (run_blocking) is waited for. Not
  // from a task of the same group.
  Task<> stop();
  // Waits until no task is left, cancelling none. io.timeout, io.cancelled.
  Task<base::Outcome> wait(Deadline deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloister::io
