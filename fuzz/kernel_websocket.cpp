// SPDX-License-Identifier: Apache-2.0
// WebSocket messages of a browser: what is accepted comes back byte for byte in both framings. The
// first byte chooses the framing.
#include "cloister/wire/kernel_websocket.hpp"

#include "cloister/base/check.hpp"

namespace wire = cloister::wire;
namespace base = cloister::base;

namespace {

void same(const wire::ChannelMessage& a, const base::Result<wire::ChannelMessage>& b) {
  CLOISTER_CHECK(b.has_value() && a.channel == b->channel);
  CLOISTER_CHECK(a.message.header == b->message.header);
  CLOISTER_CHECK(a.message.parent_header == b->message.parent_header);
  CLOISTER_CHECK(a.message.metadata == b->message.metadata);
  CLOISTER_CHECK(a.message.content == b->message.content);
  CLOISTER_CHECK(a.message.buffers == b->message.buffers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  base::ByteView bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  auto message = data[0] == '1' ? wire::decode_websocket_v1(bytes)
                                : wire::decode_websocket_default(data[0] == 'b', bytes);
  if (!message) return 0;
  same(*message, wire::decode_websocket_v1(wire::encode_websocket_v1(*message)));
  auto payload = wire::encode_websocket_default(*message);
  if (payload) same(*message, wire::decode_websocket_default(payload->binary, payload->bytes));
  CLOISTER_CHECK(payload.has_value() || data[0] == '1');
  return 0;
}
