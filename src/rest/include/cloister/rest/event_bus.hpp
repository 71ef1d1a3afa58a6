// SPDX-License-Identifier: Apache-2.0
// Events for the pages that listen: small texts, each to everybody.
#pragma once

#include "cloister/io/bounded_queue.hpp"
#include "cloister/io/event_loop.hpp"

#include <set>
#include <string>

namespace cloister::rest {

// On the loop's thread.
class EventBus {
 public:
  explicit EventBus(io::EventLoop& loop) : loop_(loop) {}

  // Who does not keep up loses the oldest ones: an event is a hint to look again.
  class Listener {
   public:
    explicit Listener(EventBus& bus)
        : bus_(bus), queue_(bus.loop_, queue_bytes_max, io::WhenFull::drop_oldest) {
      bus_.listeners_.insert(this);
    }
    ~Listener() { bus_.listeners_.erase(this); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    io::Task<base::Result<std::string>> next() { return queue_.pop(io::no_deadline); }

   private:
    friend class EventBus;
    EventBus& bus_;
    io::BoundedQueue<std::string> queue_;
  };

  void tell(const std::string& event) {
    for (Listener* listener : listeners_)
      (void)listener->queue_.try_push(std::string(event), event.size());
  }

 private:
  static constexpr std::size_t queue_bytes_max = 1u << 20;
  io::EventLoop& loop_;
  std::set<Listener*> listeners_;
};

}  // namespace cloister::rest
