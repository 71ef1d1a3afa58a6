// SPDX-License-Identifier: Apache-2.0
// One conversation with a data worker over its socket: a request, progress, one reply.
#pragma once

#include "cloister/io/frame_socket.hpp"
#include "cloister/wire/data_protocol.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

namespace cloister::vault {

// The reply of a worker with what came beside it.
struct DataReply {
  wire::data::Reply reply;
  base::Bytes body;
  std::vector<io::Descriptor> descriptors;
};

// One thread converses at a time. A worker reports progress at least every second while it works,
// so that silence means that it hangs: data.worker-died, like a socket that closes. A `failure` of
// the worker comes back as the error that it is.
class DataChannel {
 public:
  using OnProgress = std::function<void(const wire::data::ProgressReply&)>;

  explicit DataChannel(io::Descriptor socket,
                       std::chrono::milliseconds silence_max = std::chrono::seconds(60))
      : socket_(std::move(socket)), silence_max_(silence_max) {}

  // The body of the packet is wiped. When `stop` is requested, a `cancel` is sent and the reply to
  // it awaited, so that the channel can go on being used.
  base::Result<DataReply> converse(wire::data::Packet packet,
                                   std::vector<io::Descriptor> descriptors,
                                   const OnProgress& on_progress, const std::stop_token& stop);
  void close() { socket_.shut_down(); }
  bool usable() const { return usable_; }  // false after an error of the socket itself

 private:
  base::Outcome send(wire::data::Packet packet, std::vector<io::Descriptor> descriptors);
  base::Result<DataReply> receive();

  io::FrameSocket socket_;
  std::chrono::milliseconds silence_max_;
  std::mutex send_mutex_;
  bool usable_ = true;
};

}  // namespace cloister::vault
