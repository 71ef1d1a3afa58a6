// SPDX-License-Identifier: Apache-2.0
// One thread that runs all tasks of a program, and a few threads for calls that block.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/deadline.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/process.hpp"
#include "cloister/io/task.hpp"

#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace cloister::io {

struct EventLoopOptions {
  unsigned blocking_threads = 2;
  // Time stands still until advance(): tests of deadlines neither wait nor flake.
  bool manual_time = false;
};

// Owned by the composition root (or a test); outlives every task, queue and socket made with it.
// Session state lives on the loop's thread alone, so it needs no mutex.
class EventLoop {
 public:
  explicit EventLoop(EventLoopOptions options = {});
  ~EventLoop();  // stop()
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs the tasks on a thread of its own; or, with run(), on the calling thread until stop().
  void start();
  void run();
  // What can run without waiting, on the calling thread; for tests. Needs a loop that is not
  // started.
  void run_ready();
  // Ends the loop and its threads; a blocking call that runs is waited for. Tasks that are still
  // alive are destroyed with the loop: stop their TaskGroup first. From any thread; on the loop's
  // own thread it only asks run() to return.
  void stop();

  // Runs `work` on the loop's thread. From any thread.
  void post(std::move_only_function<void()> work);

  Deadline now() const;
  Deadline deadline_in(std::chrono::milliseconds time) const { return now() + time; }
  void advance(std::chrono::milliseconds by);  // manual time only

  struct State;  // private to this module
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// io.cancelled when the task was cancelled first.
Task<base::Outcome> sleep_until(EventLoop& loop, Deadline deadline);

// Until a read (write) on the descriptor would not block: also when the other side has gone.
// io.timeout, io.cancelled. Waits on a copy, so the number may be closed meanwhile.
Task<base::Outcome> wait_readable(EventLoop& loop, int descriptor, Deadline deadline);
Task<base::Outcome> wait_writable(EventLoop& loop, int descriptor, Deadline deadline);

// Nothing when the deadline passed first. The process outlives the wait.
Task<base::Result<std::optional<Exit>>> wait_for_exit(EventLoop& loop, Process& process,
                                                      Deadline deadline);

// Blocks the signals in the calling thread and all that it starts later, and gives a descriptor
// that tells when one arrived. First thing in a program's main.
base::Result<Descriptor> open_signals(std::initializer_list<int> signals);
Task<base::Result<int>> next_signal(EventLoop& loop, const Descriptor& signals, Deadline deadline);

// Runs `task` to its end from outside the loop: on the loop's thread when it is started, otherwise
// here. For main programs and tests; never on the loop's thread.
void run_task(EventLoop& loop, Task<> task);
template <typename T>
T run_task(EventLoop& loop, Task<T> task) {
  std::optional<T> result;
  auto keep = [](Task<T> inner, std::optional<T>& into) -> Task<> {
    into.emplace(co_await std::move(inner));
  };
  run_task(loop, keep(std::move(task), result));
  return *std::move(result);
}

// Runs a call that blocks or computes for long on a thread of the pool, and comes back to the loop
// with its result. It is not interrupted by a cancellation: the wait lasts until the call returns.
Task<> run_on_pool(EventLoop& loop, std::move_only_function<void()> work);
template <typename Function>
Task<std::invoke_result_t<Function&>> run_blocking(EventLoop& loop, Function function) {
  using Value = std::invoke_result_t<Function&>;
  if constexpr (std::is_void_v<Value>) {
    std::move_only_function<void()> work(std::move(function));
    co_await run_on_pool(loop, std::move(work));
  } else {
    std::optional<Value> value;
    std::move_only_function<void()> work([&] { value.emplace(function()); });
    co_await run_on_pool(loop, std::move(work));
    co_return *std::move(value);
  }
}

// Runs `work` and cancels it when the deadline comes first (then true). Returns when it has ended.
Task<bool> run_until(EventLoop& loop, Task<> work, Deadline deadline);

// The result of `task`; io.timeout when it had to be cancelled because the deadline came first.
template <typename T>
Task<base::Result<T>> with_deadline(EventLoop& loop, Task<base::Result<T>> task,
                                    Deadline deadline) {
  std::optional<base::Result<T>> result;
  auto keep = [](Task<base::Result<T>> inner, std::optional<base::Result<T>>& into) -> Task<> {
    into.emplace(co_await std::move(inner));
  };
  bool late = co_await run_until(loop, keep(std::move(task), result), deadline);
  if (!result) co_return base::fail(errors::cancelled, "cancelled");
  if (late && !*result && result->error().is(errors::cancelled))
    co_return base::fail(errors::timeout, "not done in time");
  co_return *std::move(result);
}

}  // namespace cloister::io
