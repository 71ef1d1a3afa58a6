// SPDX-License-Identifier: Apache-2.0
// Frames from a stranger: the prefix alone, then the whole stream through a real socket.
#include "cloister/base/check.hpp"
#include "cloister/base/limits.hpp"
#include "cloister/io/frame_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace io = cloister::io;
namespace base = cloister::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  auto prefix = io::parse_frame_prefix(bytes.first(std::min(size, io::frame_prefix_bytes)));
  if (prefix) {
    auto again = io::encode_frame_prefix(*prefix);
    CLOISTER_CHECK(std::ranges::equal(again, bytes.first(io::frame_prefix_bytes)));
    CLOISTER_CHECK(prefix->header_bytes <= base::limits::frame_header_bytes_max);
    CLOISTER_CHECK(prefix->body_bytes <= base::limits::frame_body_bytes_max);
  }
  auto ends = io::socket_pair();
  CLOISTER_CHECK(ends.has_value());
  std::size_t most = std::min<std::size_t>(size, 64u << 10);  // fits into the socket's buffer
  CLOISTER_CHECK(::send(ends->second.number(), data, most, MSG_DONTWAIT) ==
                 static_cast<ssize_t>(most));
  ends->second.close();
  io::FrameSocket socket(std::move(ends->first));
  std::size_t consumed = 0;
  for (auto frame = socket.receive(io::no_deadline); frame;
       frame = socket.receive(io::no_deadline)) {
    CLOISTER_CHECK(frame->descriptors.empty());
    consumed += io::frame_prefix_bytes + frame->header.size() + frame->body.size();
  }
  CLOISTER_CHECK(consumed <= most);
  return 0;
}
