// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/frame_socket.hpp"
#include "cloister/kernels/door.hpp"

#include "output_store.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace cloister::kernels {

// Serves the door of one cell: a listening socket and a few threads, each with one connection at a
// time. More callers wait in the socket's backlog.
class DoorServer {
 public:
  // `path` becomes a socket that only the cell's id may connect to. Handler and outputs must
  // outlive the server.
  static base::Result<std::unique_ptr<DoorServer>> start(const std::string& path,
                                                         DoorHandler& handler,
                                                         OutputStore& outputs);
  // Ends all connections, asks running calls to stop and waits for them.
  ~DoorServer();

 private:
  DoorServer(io::Descriptor listener, DoorHandler& handler, OutputStore& outputs);
  void accept_until_stopped();
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
  std::mutex mutex_;  // of connections_
  std::set<io::FrameSocket*> connections_;
  std::vector<std::jthread> threads_;
};

}  // namespace cloister::kernels
