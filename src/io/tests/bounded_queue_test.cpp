// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/bounded_queue.hpp"

#include "cloister/io/task_group.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

constexpr EventLoopOptions manual{.blocking_threads = 1, .manual_time = true};
using Queue = BoundedQueue<std::string>;

Task<> push(Queue& queue, std::string item, Deadline deadline, std::string& note) {
  std::size_t bytes = item.size();
  char letter = item.front();
  base::Outcome pushed = co_await queue.push(std::move(item), bytes, deadline);
  note += pushed ? std::string(1, letter) : "(" + pushed.error().code + ")";
}

Task<> pop(Queue& queue, Deadline deadline, std::string& note) {
  base::Result<std::string> item = co_await queue.pop(deadline);
  note += item ? "<" + *item : "<" + item.error().code;
}

struct BoundedQueueTest : testing::Test {
  EventLoop loop{manual};
  TaskGroup group{loop};
  std::string note;
  void TearDown() override { run_task(loop, group.stop()); }
};

TEST_F(BoundedQueueTest, ItemsComeOutInOrder) {
  Queue queue(loop, 100, WhenFull::block);
  for (const char* item : {"a", "b", "c"}) group.spawn(push(queue, item, no_deadline, note));
  for (int i = 0; i < 3; ++i) group.spawn(pop(queue, no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "abc<a<b<c");
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST_F(BoundedQueueTest, AFullQueueHoldsTheProducerBack) {
  Queue queue(loop, 10, WhenFull::block);
  group.spawn(push(queue, std::string(6, 'a'), no_deadline, note));
  group.spawn(push(queue, std::string(6, 'b'), no_deadline, note));
  group.spawn(push(queue, std::string(4, 'c'), no_deadline, note));  // fits, but b came first
  loop.run_ready();
  EXPECT_EQ(note, "a");
  EXPECT_EQ(queue.bytes(), 6u);
  group.spawn(pop(queue, no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "a<aaaaaabc");
  EXPECT_EQ(queue.bytes(), 10u);
}

TEST_F(BoundedQueueTest, AWaitingPushThatTimesOutLetsTheNextThrough) {
  Queue queue(loop, 10, WhenFull::block);
  group.spawn(push(queue, std::string(5, 'a'), no_deadline, note));
  group.spawn(push(queue, std::string(9, 'b'), loop.deadline_in(5ms), note));
  group.spawn(push(queue, std::string(5, 'c'), no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "a");
  loop.advance(5ms);
  loop.run_ready();
  EXPECT_EQ(note, "a(io.timeout)c");
}

TEST_F(BoundedQueueTest, AWaitingPushThatIsCancelledLeavesNothing) {
  Queue queue(loop, 4, WhenFull::block);
  TaskGroup producers(loop);
  producers.spawn(push(queue, "aaaa", no_deadline, note));
  producers.spawn(push(queue, "bbbb", no_deadline, note));
  loop.run_ready();
  run_task(loop, producers.stop());
  EXPECT_EQ(note, "a(io.cancelled)");
  EXPECT_EQ(queue.size(), 1u);
}

TEST_F(BoundedQueueTest, DropOldestCountsWhatItLost) {
  Queue queue(loop, 10, WhenFull::drop_oldest);
  for (const char* item : {"aaaa", "bbbb", "cccc", "dddddddddd"})
    group.spawn(push(queue, item, no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "abcd");
  EXPECT_EQ(queue.dropped(), 3u);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.bytes(), 10u);
}

TEST_F(BoundedQueueTest, FailTellsTheProducerAndKeepsWhatIsThere) {
  Queue queue(loop, 5, WhenFull::fail);
  group.spawn(push(queue, "aaaa", no_deadline, note));
  group.spawn(push(queue, "bb", no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "a(io.queue-full)");
  EXPECT_EQ(queue.size(), 1u);
}

TEST_F(BoundedQueueTest, WhatCanNeverFitIsRefusedUnderEveryPolicy) {
  for (WhenFull policy : {WhenFull::block, WhenFull::drop_oldest, WhenFull::fail}) {
    Queue queue(loop, 3, policy);
    note.clear();
    group.spawn(push(queue, "aaa", no_deadline, note));
    group.spawn(push(queue, "bbbb", no_deadline, note));
    loop.run_ready();
    EXPECT_EQ(note, "a(io.too-large)");
    EXPECT_EQ(queue.dropped(), 0u);  // nothing was thrown out for it
  }
}

TEST_F(BoundedQueueTest, TryPushNeverWaits) {
  Queue queue(loop, 4, WhenFull::block);
  std::string kept = "bbb";
  EXPECT_TRUE(queue.try_push("aa", 2));
  base::Outcome refused = queue.try_push(std::move(kept), 3);
  EXPECT_TRUE(refused.error().is(errors::queue_full));
  EXPECT_EQ(kept, "bbb");  // what was refused is still the producer's
}

TEST_F(BoundedQueueTest, APopWaitsForAPush) {
  Queue queue(loop, 10, WhenFull::block);
  group.spawn(pop(queue, no_deadline, note));
  group.spawn(pop(queue, loop.deadline_in(5ms), note));
  loop.run_ready();
  EXPECT_EQ(note, "");
  group.spawn(push(queue, "a", no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "a<a");
  loop.advance(5ms);
  loop.run_ready();
  EXPECT_EQ(note, "a<a<io.timeout");
}

TEST_F(BoundedQueueTest, CloseRefusesPushesAndLetsTheRestOut) {
  Queue queue(loop, 4, WhenFull::block);
  group.spawn(push(queue, "aaaa", no_deadline, note));
  group.spawn(push(queue, "bbbb", no_deadline, note));
  loop.run_ready();
  queue.close();
  loop.run_ready();
  EXPECT_EQ(note, "a(io.closed)");
  note.clear();
  for (int i = 0; i < 2; ++i) group.spawn(pop(queue, no_deadline, note));
  group.spawn(push(queue, "c", no_deadline, note));
  loop.run_ready();
  EXPECT_EQ(note, "<aaaa<io.closed(io.closed)");
}

TEST_F(BoundedQueueTest, CloseWakesEveryPopThatWaits) {
  Queue queue(loop, 4, WhenFull::block);
  for (int i = 0; i < 3; ++i) group.spawn(pop(queue, no_deadline, note));
  loop.run_ready();
  queue.close();
  loop.run_ready();
  EXPECT_EQ(note, "<io.closed<io.closed<io.closed");
}

TEST_F(BoundedQueueTest, CarriesThingsThatOnlyMove) {
  BoundedQueue<std::unique_ptr<int>> queue(loop, 8, WhenFull::block);
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(5), 4));
  base::Result<std::unique_ptr<int>> item = run_task(loop, queue.pop(no_deadline));
  EXPECT_EQ(**item, 5);
}

}  // namespace
}  // namespace cloister::io
