// SPDX-License-Identifier: Apache-2.0
// A queue between tasks that cannot grow without end.
#pragma once

#include "cloister/io/condition.hpp"
#include "cloister/io/errors.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <utility>

namespace cloister::io {

// What a push does when the queue has no room.
enum class WhenFull {
  block,        // waits: the producer slows down to the consumer
  drop_oldest,  // makes room and counts what was lost
  fail,         // io.queue-full: the producer decides
};

// Bounded in bytes, which the producer states for each item: what its memory is, not its count.
// Items come out in the order in which they went in, also when pushes had to wait. On the loop's
// thread only.
template <typename T>
class BoundedQueue {
 public:
  BoundedQueue(EventLoop& loop, std::size_t bytes_max, WhenFull when_full)
      : bytes_max_(bytes_max), when_full_(when_full), room_(loop), items_(loop) {}

  // io.too-large for what could never fit, io.queue-full, io.closed, io.timeout, io.cancelled.
  Task<base::Outcome> push(T item, std::size_t bytes, Deadline deadline) {
    base::Outcome pushed = try_push(item, bytes);
    if (pushed || when_full_ != WhenFull::block || !pushed.error().is(errors::queue_full))
      co_return pushed;
    auto place = waiting_.insert(waiting_.end(), next_ticket_++);
    base::Outcome waited;
    while (waited && !closed_ && !(place == waiting_.begin() && fits(bytes)))
      waited = co_await room_.wait(deadline);
    waiting_.erase(place);
    pushed = waited ? add(item, bytes) : std::move(waited);
    room_.notify_all();  // the next one may fit too
    co_return pushed;
  }
  // Without waiting: io.queue-full also where the policy is to block.
  base::Outcome try_push(T&& item, std::size_t bytes) { return try_push(item, bytes); }

  // io.closed once the queue was closed and is empty; io.timeout, io.cancelled.
  Task<base::Result<T>> pop(Deadline deadline) {
    while (queue_.empty()) {
      if (closed_) co_return base::fail(errors::closed, "the queue is closed");
      base::Outcome waited = co_await items_.wait(deadline);
      if (!waited) co_return std::unexpected(std::move(waited).error());
    }
    T item = take_first();
    room_.notify_all();
    if (!queue_.empty()) items_.notify_one();
    co_return item;
  }

  // Refuses later pushes and those that wait; what is inside can still be taken.
  void close() {
    closed_ = true;
    room_.notify_all();
    items_.notify_all();
  }

  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return queue_.size(); }
  std::uint64_t dropped() const { return dropped_; }
  bool closed() const { return closed_; }

 private:
  struct Entry {
    T item;
    std::size_t bytes;
  };

  // Takes the item only when it succeeds. A newcomer goes behind those that already wait for room.
  base::Outcome try_push(T& item, std::size_t bytes) {
    if (!waiting_.empty() && !closed_ && bytes <= bytes_max_) return full();
    return add(item, bytes);
  }

  base::Outcome add(T& item, std::size_t bytes) {
    if (closed_) return base::fail(errors::closed, "the queue is closed");
    if (bytes > bytes_max_)
      return base::fail(errors::too_large, "an item is larger than its queue");
    while (when_full_ == WhenFull::drop_oldest && !fits(bytes)) {
      take_first();
      ++dropped_;
    }
    if (!fits(bytes)) return full();
    queue_.push_back({std::move(item), bytes});
    bytes_ += bytes;
    items_.notify_one();
    return {};
  }

  bool fits(std::size_t bytes) const { return bytes <= bytes_max_ - bytes_; }
  static base::Outcome full() { return base::fail(errors::queue_full, "a queue is full"); }

  T take_first() {
    Entry first = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= first.bytes;
    return std::move(first.item);
  }

  std::size_t bytes_max_;
  WhenFull when_full_;
  std::deque<Entry> queue_;
  std::size_t bytes_ = 0;
  std::list<std::uint64_t> waiting_;  // tickets of the pushes that wait for room, in their order
  std::uint64_t next_ticket_ = 0;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
  Condition room_;
  Condition items_;
};

}  // namespace cloister::io
