// SPDX-License-Identifier: Apache-2.0
// One kernel's messages for any number of readers, each at its own place. A slow reader holds
// nobody up, and nothing is lost for it: what has left the window is asked for again from the
// supervisor's journal.
#pragma once

#include "cloister/io/condition.hpp"
#include "cloister/wire/kernel_websocket.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

namespace cloister::kernels {

struct Delivered {
  std::uint64_t first = 0;  // less than seq where outputs were joined
  std::uint64_t seq = 0;
  bool own = false;  // said by the server (a restart), in no journal
  wire::ChannelMessage message;
  std::string parent_id;       // whose answer it is
  std::string parent_session;  // of the client who asked
};

// Where a reader stands. To come back later, keep `next_seq`.
struct Place {
  std::uint64_t next_seq = 0;
  std::uint64_t position = 0;  // in the window
};

// On the loop's thread only.
class Broadcast {
 public:
  // `rewind` asks the supervisor to send again from a number on.
  Broadcast(io::EventLoop& loop, std::function<void(std::uint64_t from)> rewind,
            std::size_t window_bytes = 64u << 20)
      : rewind_(std::move(rewind)), window_bytes_max_(window_bytes), changed_(loop) {}

  void put(std::shared_ptr<const Delivered> message);
  void close();  // readers get what is there, then io.closed

  Place end() const { return {.next_seq = next_seq_, .position = last_position_ + 1}; }
  Place from(std::uint64_t seq) const { return {.next_seq = seq, .position = 0}; }
  // The next message at `place`, which moves on. io.closed, io.cancelled.
  io::Task<base::Result<std::shared_ptr<const Delivered>>> next(Place& place);

 private:
  struct Entry {
    std::uint64_t position;
    std::shared_ptr<const Delivered> message;
  };
  std::shared_ptr<const Delivered> take(Place& place);
  bool accepts(const Delivered& message);
  bool lost(const Place& place) const;

  std::function<void(std::uint64_t)> rewind_;
  std::size_t window_bytes_max_;
  io::Condition changed_;
  std::deque<Entry> window_;
  std::size_t window_bytes_ = 0;
  std::uint64_t last_position_ = 0;
  std::uint64_t next_seq_ = 0;   // expected from the supervisor
  std::uint64_t newest_ = 0;     // the largest next_seq_ that there was
  std::size_t stale_bytes_ = 0;  // after a rewind: what may still be on its way from before
  bool started_ = false;
  bool closed_ = false;
};

}  // namespace cloister::kernels
