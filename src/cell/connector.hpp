// SPDX-License-Identifier: Apache-2.0
// Connects the sockets of a cell on behalf of its processes.
//
// SECURITY: no process of a cell ever connects a socket itself. The supervisor does it, on its own
// copy of the socket (pidfd_getfd), with its own copy of the address, to the very file that it
// looked at: whatever the caller changes meanwhile, memory, descriptors or folders, changes nothing
// (test: test_a_host_socket_in_a_mounted_folder_is_refused_and_recorded).
#pragma once

#include "cloister/base/bytes.hpp"

#include "own_sockets.hpp"
#include "seccomp_listener.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>

namespace cloister::cell {

struct ConnectCall {
  std::uint64_t question = 0;  // id of the notification
  long thread = 0;             // the caller, in the host's numbering
  int socket = -1;             // in the caller
  base::Bytes address;
};

// connect() belongs to one thread.
class Connector {
 public:
  // `listener` outlives this.
  Connector(const SeccompListener& listener, OwnSockets own)
      : listener_(listener), own_(std::move(own)) {}
  // Connections that still wait are given up.
  ~Connector() { waiting_.clear(); }
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  // Answers the call: now, or from a thread of its own when the caller waits for the other end.
  // False when it was refused because the socket is the outside's.
  bool connect(const ConnectCall& call);

 private:
  struct Waiting {
    std::jthread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };
  struct Target {
    base::Bytes address;
    io::Descriptor file;  // what a path led to; the address names this very descriptor
    NoSocket none;        // with an error: there is nothing to connect to
  };
  Target find_target(const ConnectCall& call) const;
  void wait_for(std::uint64_t question, io::Descriptor socket, Target target);

  const SeccompListener& listener_;
  OwnSockets own_;
  std::list<Waiting> waiting_;
};

// "" unless the address is that of a Unix socket with a path.
std::string path_in(base::ByteView address);

}  // namespace cloister::cell
