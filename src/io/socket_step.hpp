// SPDX-License-Identifier: Apache-2.0
// The one place that sends and receives on a local socket; private to this module.
#pragma once

#include "cloister/io/frame_socket.hpp"

#include <optional>
#include <span>

namespace cloister::io {

// Sends what the socket takes now; the descriptors go with the first byte. Nothing when it would
// block, io.closed when the other side is gone.
base::Result<std::optional<std::size_t>> send_step(int socket, base::ByteView bytes,
                                                   std::span<const int> descriptors);

// Receives what is there, descriptors too. Nothing when it would block, 0 at the end of the stream.
base::Result<std::optional<std::size_t>> receive_step(int socket, std::span<std::byte> out,
                                                      std::vector<Descriptor>& descriptors);

// A frame on its way out: prefix and header in one piece, so that a small frame is one call.
struct OutgoingFrame {
  base::Bytes start;
  std::vector<int> descriptors;
};
base::Result<OutgoingFrame> begin_sending(const Frame& frame);

// A frame on its way in. Memory grows with what has arrived, not with what was announced.
class IncomingFrame {
 public:
  explicit IncomingFrame(const FrameLimits& limits = {}) : limits_(limits) {}
  // Where the next bytes go; empty when the frame is complete.
  std::span<std::byte> wanted();
  base::Outcome arrived(std::size_t count);
  bool begun() const { return filled_ > 0 || stage_ != Stage::prefix; }
  std::vector<Descriptor>& descriptors() { return frame_.descriptors; }
  base::Result<Frame> take();

 private:
  enum class Stage { prefix, header, body, complete };
  void advance();

  FrameLimits limits_;
  Stage stage_ = Stage::prefix;
  std::size_t filled_ = 0;  // of the present stage
  std::array<std::byte, frame_prefix_bytes> start_{};
  FramePrefix prefix_;
  Frame frame_;
};

base::Error ended_inside_frame();

}  // namespace cloister::io
