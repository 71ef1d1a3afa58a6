// SPDX-License-Identifier: Apache-2.0
// Bytes over a connected stream socket, for tasks: what protocols that are not frames stand on.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <memory>
#include <span>

namespace cloister::io {

// How slow the other side may be: in each window at least so many bytes have to move. A plain
// deadline would cut off a large transfer, and one that restarts at every byte would never end.
struct Pace {
  std::chrono::milliseconds window{30'000};
  std::size_t bytes_min = 4096;
};

// One task may write while another reads; two at once in one direction are a bug and abort. On the
// loop's thread only. The socket may go while a task waits in it: the wait returns io.closed.
class ByteStream {
 public:
  ByteStream(EventLoop& loop, Descriptor socket);
  ~ByteStream();
  ByteStream(ByteStream&& other) noexcept;
  ByteStream& operator=(ByteStream&& other) noexcept;

  // What has arrived, at most out.size() bytes; 0 at the end of the stream. io.timeout,
  // io.cancelled, io.closed.
  Task<base::Result<std::size_t>> read_some(std::span<std::byte> out, Deadline deadline);
  // All parts in their order, handed to the kernel. The parts outlive the call. After an error the
  // stream is somewhere inside them.
  Task<base::Outcome> write(std::span<const base::ByteView> parts, Pace pace);
  // Only what the kernel takes at once, without waiting: the number of bytes. For farewells of a
  // task that was cancelled.
  std::size_t write_now(base::ByteView bytes);

  void end_writing();  // the other side reads the end; we can still read
  void shut_down();    // both directions: waits return io.closed
  int number() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cloister::io
