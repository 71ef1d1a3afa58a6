// SPDX-License-Identifier: Apache-2.0
// Frames over a local socket: a text header (JSON by convention), a raw body, and descriptors.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/limits.hpp"
#include "cloister/base/result.hpp"
#include "cloister/io/deadline.hpp"
#include "cloister/io/descriptor.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cloister::io {

struct Frame {
  std::string header;
  base::Bytes body;
  std::vector<Descriptor> descriptors;
};

// The 16 bytes before each frame (docs/formats/frames.md): magic "CLF1", header length (32 bit),
// body length (56 bit) and number of descriptors (8 bit), all big-endian.
struct FramePrefix {
  std::uint32_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint8_t descriptors = 0;
};
inline constexpr std::size_t frame_prefix_bytes = 16;
// How much a reader takes from the other side; never more than base::limits.
struct FrameLimits {
  std::uint32_t header_bytes = base::limits::frame_header_bytes_max;
  std::uint64_t body_bytes = base::limits::frame_body_bytes_max;
  std::uint8_t descriptors = base::limits::frame_descriptors_max;
};

std::array<std::byte, frame_prefix_bytes> encode_frame_prefix(const FramePrefix& prefix);
// Refuses a wrong magic and anything over the limits.
base::Result<FramePrefix> parse_frame_prefix(base::ByteView bytes, const FrameLimits& limits = {});

// Sends and receives whole frames on a connected AF_UNIX stream socket, blocking with a deadline.
// One thread may send while another receives; two senders need their own order. A failed call
// leaves the stream in an unknown state: close it.
class FrameSocket {
 public:
  explicit FrameSocket(Descriptor socket) : socket_(std::move(socket)) {}

  base::Outcome send(const Frame& frame, Deadline deadline);
  // io.closed when the other side ended between two frames.
  base::Result<Frame> receive(Deadline deadline, const FrameLimits& limits = {});
  // Ends both directions: a receive that waits in another thread returns io.closed.
  void shut_down();
  const Descriptor& descriptor() const { return socket_; }
  Descriptor release() { return std::move(socket_); }

 private:
  Descriptor socket_;
};

// Listening and connecting at a path; the socket file gets `mode`. Paths longer than sun_path are
// reached through /proc/self/fd of their folder.
base::Result<Descriptor> listen_at(const std::string& path, mode_t mode);
// io.not-found when nobody listens there, io.timeout when nobody accepts within 10 s.
base::Result<Descriptor> connect_to(const std::string& path);
base::Result<Descriptor> accept_from(const Descriptor& listener, Deadline deadline);

}  // namespace cloister::io
