// SPDX-License-Identifier: Apache-2.0
// ZeroMQ messages of a kernel: parts are separated by a line feed. With the right key in hand, what
// is accepted is what was signed.
#include "cloister/wire/jupyter_message.hpp"

#include "cloister/base/check.hpp"

#include <algorithm>

namespace wire = cloister::wire;
namespace base = cloister::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<base::Bytes> frames(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n')
      frames.emplace_back();
    else
      frames.back().push_back(static_cast<std::byte>(data[i]));
  }
  cloister::crypto::HmacSha256 key(base::as_bytes("fuzz"));
  CLOISTER_CHECK(!wire::message_from_frames(frames, key) || frames.size() >= 6);
  if (frames.size() >= 4) {  // the same parts, signed
    wire::JupyterMessage message{.identities = {},
                                 .header = frames[0],
                                 .parent_header = frames[1],
                                 .metadata = frames[2],
                                 .content = frames[3],
                                 .buffers = {frames.begin() + 4, frames.end()}};
    auto again = wire::message_from_frames(wire::frames_of(message, key), key);
    CLOISTER_CHECK(again.has_value() == (frames.size() + 2 <= wire::JupyterLimits{}.parts_max));
    auto packed = wire::pack(message);
    CLOISTER_CHECK(!again || wire::unpack(packed.sizes, packed.bytes).has_value());
    if (auto header = wire::read_header(message.header)) CLOISTER_CHECK(!header->id.empty());
    wire::read_parent_header(message.parent_header);
  }
  return 0;
}
