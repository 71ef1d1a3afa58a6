// SPDX-License-Identifier: Apache-2.0
// Local sockets for tasks: the frames of frame_socket.hpp, and accepting connections.
#pragma once

#include "cloister/io/event_loop.hpp"
#include "cloister/io/frame_socket.hpp"
#include "cloister/io/task.hpp"
#include "cloister/io/task_group.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>

namespace cloister::io {

// Sends and receives whole frames on a connected AF_UNIX stream socket. One task may send while
// another receives; two at once in one direction are a bug and abort. A failed call, a cancelled or
// late one too, leaves the stream inside a frame: close it. On the loop's thread only. The socket
// may go while a task waits in it: the wait returns io.closed.
class AsyncFrameSocket {
 public:
  AsyncFrameSocket(EventLoop& loop, Descriptor socket);
  ~AsyncFrameSocket();
  AsyncFrameSocket(AsyncFrameSocket&& other) noexcept;
  AsyncFrameSocket& operator=(AsyncFrameSocket&& other) noexcept;

  // io.closed, io.timeout, io.cancelled; io.bad-frame for a frame over the limits.
  Task<base::Outcome> send(Frame frame, Deadline deadline);
  // io.closed when the other side ended between two frames; io.bad-frame inside one.
  Task<base::Result<Frame>> receive(Deadline deadline);
  void shut_down();  // both directions: waits return io.closed
  int number() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Who is at the other end, as the kernel says (SO_PEERCRED). The process id is 0 when that process
// is in a pid namespace that we do not see.
struct Peer {
  pid_t process = 0;
  uid_t user = 0;
  gid_t group = 0;
};
base::Result<Peer> peer_of(const Descriptor& socket);

// Accepts connections on a listening socket (listen_at) until its task is cancelled, and runs
// `handle` for each one in `group`, at most `connections_max` at a time: more wait in the kernel's
// backlog. Ends with an error only when the socket is broken. `handle` and what it captures live
// until the last of its tasks has ended.
using Handler = std::function<Task<>(Descriptor connection)>;
Task<base::Outcome> serve_connections(EventLoop& loop, TaskGroup& group, Descriptor listener,
                                      std::size_t connections_max, Handler handle);

}  // namespace cloister::io
