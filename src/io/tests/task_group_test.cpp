// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/task_group.hpp"

#include "cloister/io/condition.hpp"
#include "cloister/io/errors.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

constexpr EventLoopOptions manual{.blocking_threads = 1, .manual_time = true};

// Notes its end, however it comes about.
Task<> long_wait(EventLoop& loop, int& ended) {
  co_await sleep_until(loop, no_deadline);
  ++ended;
}

TEST(TaskGroup, StopCancelsAndWaitsForAll) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  int ended = 0;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(group.spawn(long_wait(loop, ended)));
  loop.run_ready();
  EXPECT_EQ(group.size(), 100u);
  run_task(loop, group.stop());
  EXPECT_EQ(ended, 100);
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, StopWaitsForTheCleaningUpAfterACancellation) {
  EventLoop loop;
  TaskGroup group(loop);
  std::string note;
  auto task = [](EventLoop& used, std::string& into) -> Task<> {
    co_await sleep_until(used, no_deadline);
    auto store = [&into] { into += "stored"; };
    co_await run_blocking(used, store);  // runs although the task is cancelled
    into += ",ended";
  };
  group.spawn(task(loop, note));
  loop.run_ready();
  run_task(loop, group.stop());
  EXPECT_EQ(note, "stored,ended");
}

TEST(TaskGroup, StopWaitsForABlockingCall) {
  EventLoop loop;
  loop.start();
  TaskGroup group(loop);
  std::atomic<bool> may_end = false;
  std::atomic<bool> ended = false;
  std::atomic<bool> began = false;
  auto task = [](EventLoop& used, std::atomic<bool>& go, std::atomic<bool>& done,
                 std::atomic<bool>& start) -> Task<> {
    auto call = [&go, &start] {
      start = true;
      start.notify_all();
      go.wait(false);
    };
    co_await run_blocking(used, call);
    done = true;
  };
  loop.post([&] { group.spawn(task(loop, may_end, ended, began)); });
  began.wait(false);
  auto release = [](EventLoop& used, std::atomic<bool>& go) -> Task<> {
    co_await sleep_until(used, used.deadline_in(10ms));
    go = true;
    go.notify_all();
  };
  TaskGroup other(loop);
  loop.post([&] { other.spawn(release(loop, may_end)); });
  run_task(loop, group.stop());
  EXPECT_TRUE(ended);
  run_task(loop, other.stop());
}

TEST(TaskGroup, AClosedGroupRefusesAndNeverRunsATask) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  run_task(loop, group.stop());
  int ended = 0;
  EXPECT_FALSE(group.spawn(long_wait(loop, ended)));
  loop.run_ready();
  EXPECT_EQ(ended, 0);
}

TEST(TaskGroup, ATaskCancelledBeforeItsFirstStepDoesNotRun) {
  EventLoop loop(manual);
  TaskGroup stopping(loop);
  TaskGroup group(loop);
  int ended = 0;
  // Outside the loop's thread both only start when the loop runs, in this order.
  stopping.spawn(group.stop());
  group.spawn(long_wait(loop, ended));
  loop.run_ready();
  EXPECT_EQ(group.size(), 0u);
  EXPECT_EQ(stopping.size(), 0u);
  EXPECT_EQ(ended, 0);
}

TEST(TaskGroup, TasksMayEndInAnyOrderAndSpawnMore) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  int ended = 0;
  auto parent = [](EventLoop& used, TaskGroup& into, int& count) -> Task<> {
    into.spawn(long_wait(used, count));
    ++count;
    co_return;
  };
  group.spawn(parent(loop, group, ended));
  group.spawn(parent(loop, group, ended));
  loop.run_ready();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(group.size(), 2u);
  run_task(loop, group.stop());
  EXPECT_EQ(ended, 4);
}

TEST(TaskGroup, WaitEndsWithTheLastTaskAndHasADeadline) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  TaskGroup waiting(loop);
  int ended = 0;
  group.spawn(long_wait(loop, ended));
  std::string note;
  auto wait = [](TaskGroup& waited, Deadline deadline, std::string& into) -> Task<> {
    base::Outcome outcome = co_await waited.wait(deadline);
    into += outcome ? "empty" : outcome.error().code;
  };
  waiting.spawn(wait(group, loop.deadline_in(5ms), note));
  loop.run_ready();
  loop.advance(5ms);
  loop.run_ready();
  EXPECT_EQ(note, "io.timeout");
  note.clear();
  waiting.spawn(wait(group, no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "");
  run_task(loop, group.stop());
  loop.run_ready();
  EXPECT_EQ(note, "empty");
  run_task(loop, waiting.stop());
}

TEST(TaskGroupDeathTest, AStrayExceptionAbortsInDebugBuilds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        EventLoop loop(manual);
        TaskGroup group(loop);
        auto bug = []() -> Task<> {
          throw std::runtime_error("words that may hold a value");
          co_return;
        };
        group.spawn(bug());
        loop.run_ready();
      },
      "a task lets no exception out");
}

TEST(TaskGroupDeathTest, DestroyingAGroupWithTasksAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        EventLoop loop(manual);
        int ended = 0;
        TaskGroup group(loop);
        group.spawn(long_wait(loop, ended));
        loop.run_ready();
      },
      "running.empty");
}

Task<> wait_and_note(Condition& condition, Deadline deadline, std::string& note, char letter) {
  base::Outcome outcome = co_await condition.wait(deadline);
  note += outcome ? letter : outcome.error().is(errors::timeout) ? 't' : 'x';
}

TEST(Condition, NotifyOneWakesTheOneThatWaitsLongest) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  Condition condition(loop);
  std::string note;
  for (char letter : {'a', 'b', 'c'})
    group.spawn(wait_and_note(condition, no_deadline, note, letter));
  loop.run_ready();
  condition.notify_one();
  loop.run_ready();
  EXPECT_EQ(note, "a");
  condition.notify_all();
  loop.run_ready();
  EXPECT_EQ(note, "abc");
  EXPECT_FALSE(condition.has_waiters());
}

TEST(Condition, ANotificationBeatsATimeoutOfTheSameMoment) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  Condition condition(loop);
  std::string note;
  group.spawn(wait_and_note(condition, loop.deadline_in(5ms), note, 'a'));
  group.spawn(wait_and_note(condition, loop.deadline_in(5ms), note, 'b'));
  loop.run_ready();
  condition.notify_one();
  loop.advance(5ms);
  loop.run_ready();
  EXPECT_EQ(note, "at");
}

TEST(Condition, CancelledWaitersLeave) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  Condition condition(loop);
  std::string note;
  group.spawn(wait_and_note(condition, no_deadline, note, 'a'));
  loop.run_ready();
  run_task(loop, group.stop());
  EXPECT_EQ(note, "x");
  EXPECT_FALSE(condition.has_waiters());
}

}  // namespace
}  // namespace cloister::io
