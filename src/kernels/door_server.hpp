// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/frame_socket.hpp"
#include "cloister/kernels/door.hpp"

#include "output_store.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace cloister::kernels {

// Serves the door of one cell: a few threads, each with one connection at a time. More callers wait
// in a short queue, and then in the socket's backlog.
class DoorServer {
 public:
  // `path` becomes a socket that only the cell's id may connect to. Handler and outputs must
  // outlive the server.
  static base::Result<std::unique_ptr<DoorServer>> start(const std::string& path,
                                                         DoorHandler& handler,
                                                         OutputStore& outputs);
  // For a door that somebody else listens at and hands its connections to take().
  static std::unique_ptr<DoorServer> without_listener(DoorHandler& handler, OutputStore& outputs);
  // Ends all connections, asks running calls to stop and waits for them.
  ~DoorServer();

  // Waits while the queue is full. Any thread. A caller that is not of the cell is closed.
  void take(io::Descriptor connection);

 private:
  DoorServer(io::Descriptor listener, DoorHandler& handler, OutputStore& outputs);
  void accept_until_stopped();
  void serve_until_stopped();
  std::optional<io::Descriptor> next();
  void serve(io::FrameSocket& connection);
  base::Result<io::Frame> answer(io::Frame frame);
  base::Result<io::Frame> answer_message(const wire::DoorListDatasets& request, io::Frame& frame);
  base::Result<io::Frame> answer_message(const wire::DoorDescribe& request, io::Frame& frame);
  base::Result<io::Frame> answer_message(const wire::DoorRead& request, io::Frame& frame);
  base::Result<io::Frame> answer_message(const wire::DoorQuery& request, io::Frame& frame);
  base::Result<io::Frame> answer_message(const wire::DoorSave& request, io::Frame& frame);
  base::Result<io::Frame> answer_message(const wire::DoorDisplay& request, io::Frame& frame);

  io::Descriptor listener_;
  DoorHandler& handler_;
  OutputStore& outputs_;
  std::stop_source stop_;
  std::mutex mutex_;  // of connections_ and waiting_
  std::condition_variable changed_;
  std::deque<io::Descriptor> waiting_;
  std::set<io::FrameSocket*> connections_;
  std::vector<std::jthread> threads_;
};

}  // namespace cloister::kernels
