// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/event_loop.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/io/task_group.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

constexpr EventLoopOptions manual{.blocking_threads = 1, .manual_time = true};

Task<> sleep_and_note(EventLoop& loop, std::chrono::milliseconds time, std::string& note,
                      char letter) {
  base::Outcome slept = co_await sleep_until(loop, loop.deadline_in(time));
  note += slept ? letter : '-';
}

Task<> keep_outcome(Task<base::Outcome> task, std::optional<base::Outcome>& into) {
  into = co_await std::move(task);
}

TEST(EventLoop, ManualTimeWakesInTheOrderOfDeadlinesAndNotBefore) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  std::string note;
  group.spawn(sleep_and_note(loop, 30ms, note, 'c'));
  group.spawn(sleep_and_note(loop, 10ms, note, 'a'));
  group.spawn(sleep_and_note(loop, 20ms, note, 'b'));
  loop.run_ready();
  EXPECT_EQ(note, "");
  loop.advance(9ms);
  loop.run_ready();
  EXPECT_EQ(note, "");
  loop.advance(11ms);
  loop.run_ready();
  EXPECT_EQ(note, "ab");
  loop.advance(1h);
  loop.run_ready();
  EXPECT_EQ(note, "abc");
  EXPECT_EQ(group.size(), 0u);
}

TEST(EventLoop, RealTimeSleepsAtLeastAsLongAsAsked) {
  EventLoop loop;
  auto began = std::chrono::steady_clock::now();
  base::Outcome slept = run_task(loop, sleep_until(loop, loop.deadline_in(20ms)));
  EXPECT_TRUE(slept);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 20ms);
}

TEST(EventLoop, RunsTasksOnItsOwnThreadWhenStarted) {
  EventLoop loop;
  loop.start();
  auto where = []() -> Task<std::thread::id> { co_return std::this_thread::get_id(); };
  auto first = run_task(loop, where());
  auto second = run_task(loop, where());
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(EventLoop, PostReachesTheLoopFromAnotherThread) {
  EventLoop loop;
  loop.start();
  std::latch reached(1);
  std::thread::id where;
  std::thread other([&] {
    loop.post([&] {
      where = std::this_thread::get_id();
      reached.count_down();
    });
  });
  other.join();
  reached.wait();
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(EventLoop, StopFromATaskEndsRun) {
  EventLoop loop;
  loop.post([&] { loop.stop(); });
  loop.run();
  SUCCEED();
}

TEST(EventLoop, TasksThatStillWaitAreDestroyedWithTheLoop) {
  auto alive = std::make_shared<int>(1);
  std::weak_ptr<int> watched = alive;
  {
    EventLoop loop(manual);
    auto hold = [](EventLoop& used, std::shared_ptr<int> held) -> Task<> {
      co_await sleep_until(used, used.deadline_in(1h));
      *held = 2;
    };
    auto* group = new TaskGroup(loop);  // its check is not what is tested here
    group->spawn(hold(loop, std::move(alive)));
    loop.run_ready();
    EXPECT_FALSE(watched.expired());
    run_task(loop, group->stop());
    delete group;
    EXPECT_TRUE(watched.expired());
  }
}

TEST(RunBlocking, GivesTheResultBackOnTheLoopsThread) {
  EventLoop loop;
  loop.start();
  auto work = [](EventLoop& used) -> Task<bool> {
    auto before = std::this_thread::get_id();
    auto elsewhere = [] { return std::this_thread::get_id(); };
    auto during = co_await run_blocking(used, elsewhere);
    co_return during != before&& std::this_thread::get_id() == before;
  };
  EXPECT_TRUE(run_task(loop, work(loop)));
}

TEST(RunBlocking, CarriesErrorsVoidsAndThingsThatOnlyMove) {
  EventLoop loop;
  auto work = [](EventLoop& used) -> Task<int> {
    auto fails = []() -> base::Outcome { return base::fail(errors::busy, "busy"); };
    base::Outcome failed = co_await run_blocking(used, fails);
    auto pointer = std::make_unique<int>(41);
    auto moves = [owned = std::move(pointer)]() mutable { return std::move(owned); };
    std::unique_ptr<int> back = co_await run_blocking(used, std::move(moves));
    bool ran = false;
    auto nothing = [&ran] { ran = true; };
    co_await run_blocking(used, nothing);
    co_return *back + (ran && failed.error().is(errors::busy) ? 1 : 0);
  };
  EXPECT_EQ(run_task(loop, work(loop)), 42);
}

TEST(RunBlocking, RethrowsWhatTheCallThrewWhereItWasAwaited) {
  EventLoop loop;
  auto work = [](EventLoop& used) -> Task<bool> {
    auto throws = [] { throw std::runtime_error("bug"); };
    try {
      co_await run_blocking(used, throws);
    } catch (const std::runtime_error&) {
      co_return true;
    }
    co_return false;
  };
  EXPECT_TRUE(run_task(loop, work(loop)));
}

Task<base::Result<int>> slow_answer(EventLoop& loop, std::chrono::milliseconds time) {
  CLOISTER_CO_TRY_DO(co_await sleep_until(loop, loop.deadline_in(time)));
  co_return 7;
}

Task<> keep_answer(Task<base::Result<int>> task, std::optional<base::Result<int>>& into) {
  into = co_await std::move(task);
}

TEST(WithDeadline, LetsAnAnswerThroughThatComesInTime) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  std::optional<base::Result<int>> answer;
  group.spawn(
      keep_answer(with_deadline(loop, slow_answer(loop, 5ms), loop.deadline_in(10ms)), answer));
  loop.run_ready();
  loop.advance(5ms);
  loop.run_ready();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->value(), 7);
}

TEST(WithDeadline, CancelsTheTaskAndSaysTimeout) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  std::optional<base::Result<int>> answer;
  group.spawn(
      keep_answer(with_deadline(loop, slow_answer(loop, 50ms), loop.deadline_in(10ms)), answer));
  loop.run_ready();
  EXPECT_FALSE(answer.has_value());
  loop.advance(10ms);
  loop.run_ready();
  ASSERT_TRUE(answer.has_value());
  ASSERT_FALSE(answer->has_value());
  EXPECT_TRUE(answer->error().is(errors::timeout));
}

TEST(WithDeadline, TheInnerOfTwoDeadlinesActsFirst) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  std::optional<base::Result<int>> answer;
  auto inner = with_deadline(loop, slow_answer(loop, 1h), loop.deadline_in(10ms));
  group.spawn(keep_answer(with_deadline(loop, std::move(inner), loop.deadline_in(20ms)), answer));
  loop.run_ready();
  loop.advance(10ms);
  loop.run_ready();
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->error().is(errors::timeout));
}

TEST(WithDeadline, CancellingFromOutsideIsNotATimeout) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  std::optional<base::Result<int>> answer;
  group.spawn(
      keep_answer(with_deadline(loop, slow_answer(loop, 1h), loop.deadline_in(2h)), answer));
  loop.run_ready();
  run_task(loop, group.stop());
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->error().is(errors::cancelled));
}

TEST(WithDeadline, WaitsForABlockingCallThatCannotBeCancelled) {
  EventLoop loop;
  std::atomic<bool> may_end = false;
  std::atomic<bool> ended = false;
  auto blocked = [](EventLoop& used, std::atomic<bool>& go,
                    std::atomic<bool>& done) -> Task<base::Result<int>> {
    auto call = [&go, &done] {
      go.wait(false);
      done = true;
      return 1;
    };
    co_return co_await run_blocking(used, call);
  };
  auto late = [](EventLoop& used, std::atomic<bool>& go) -> Task<> {
    co_await sleep_until(used, used.deadline_in(20ms));
    go = true;
    go.notify_all();
  };
  TaskGroup group(loop);
  group.spawn(late(loop, may_end));
  base::Result<int> answer =
      run_task(loop, with_deadline(loop, blocked(loop, may_end, ended), loop.deadline_in(1ms)));
  EXPECT_TRUE(ended);  // the result was on its way: it is not thrown away
  EXPECT_EQ(answer.value(), 1);
  run_task(loop, group.stop());
}

TEST(Waits, ReadableWhenBytesArriveOrTheOtherEndCloses) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  DescriptorPair ends = pipe().value();
  std::optional<base::Outcome> outcome;
  group.spawn(
      keep_outcome(wait_readable(loop, ends.first.number(), loop.deadline_in(1h)), outcome));
  loop.run_ready();
  EXPECT_FALSE(outcome.has_value());
  ASSERT_EQ(::write(ends.second.number(), "x", 1), 1);
  run_task(loop, [](TaskGroup& used) -> Task<> { co_await used.wait(no_deadline); }(group));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->has_value());
  char taken = 0;
  ASSERT_EQ(::read(ends.first.number(), &taken, 1), 1);
  ends.second.close();
  EXPECT_TRUE(run_task(loop, wait_readable(loop, ends.first.number(), no_deadline)));
}

TEST(Waits, TimeoutAndCancelAreTold) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  DescriptorPair ends = pipe().value();
  std::optional<base::Outcome> late;
  std::optional<base::Outcome> cancelled;
  group.spawn(keep_outcome(wait_readable(loop, ends.first.number(), loop.deadline_in(5ms)), late));
  group.spawn(keep_outcome(wait_readable(loop, ends.first.number(), no_deadline), cancelled));
  loop.run_ready();
  loop.advance(5ms);
  loop.run_ready();
  ASSERT_TRUE(late.has_value());
  EXPECT_TRUE(late->error().is(errors::timeout));
  EXPECT_FALSE(cancelled.has_value());
  run_task(loop, group.stop());
  EXPECT_TRUE(cancelled->error().is(errors::cancelled));
}

TEST(Waits, EveryWaitOfACancelledTaskReturnsAtOnce) {
  EventLoop loop(manual);
  TaskGroup group(loop);
  std::string codes;
  auto stubborn = [](EventLoop& used, std::string& into) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      base::Outcome slept = co_await sleep_until(used, no_deadline);
      into += slept ? "?" : slept.error().code + " ";
    }
    if (co_await is_cancelled()) into += "end";
  };
  group.spawn(stubborn(loop, codes));
  loop.run_ready();
  run_task(loop, group.stop());
  EXPECT_EQ(codes, "io.cancelled io.cancelled io.cancelled end");
}

TEST(Waits, AProcessThatEndsIsReaped) {
  EventLoop loop;
  Command command{.arguments = {"/bin/sh", "-c", "exit 3"}, .environment = {}};
  Process process = Process::start(command).value();
  auto ended = run_task(loop, wait_for_exit(loop, process, loop.deadline_in(30s)));
  ASSERT_TRUE(ended.has_value() && ended->has_value());
  EXPECT_EQ((*ended)->code, 3);
}

TEST(Waits, AProcessThatGoesOnIsNothing) {
  EventLoop loop;
  Command command{.arguments = {"/bin/sleep", "1000"}, .environment = {}};
  Process process = Process::start(command).value();
  auto ended = run_task(loop, wait_for_exit(loop, process, loop.deadline_in(1ms)));
  ASSERT_TRUE(ended.has_value());
  EXPECT_FALSE(ended->has_value());
}

TEST(Waits, SignalsArriveAsValues) {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    Descriptor signals = open_signals({SIGUSR1, SIGUSR2}).value();
    EventLoop loop;
    ASSERT_EQ(::kill(getpid(), SIGUSR2), 0);
    EXPECT_EQ(run_task(loop, next_signal(loop, signals, loop.deadline_in(30s))).value(), SIGUSR2);
    auto none = run_task(loop, next_signal(loop, signals, loop.deadline_in(1ms)));
    EXPECT_TRUE(none.error().is(errors::timeout));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace cloister::io
