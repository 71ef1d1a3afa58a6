// SPDX-License-Identifier: Apache-2.0
// The two framings of a kernel's messages on a WebSocket (Jupyter Server, "WebSocket kernel wire
// protocols"). Parts go through byte for byte.
#pragma once

#include "cloister/wire/jupyter_message.hpp"

#include <string_view>

namespace cloister::wire {

inline constexpr std::string_view kernel_websocket_v1 = "v1.kernel.websocket.jupyter.org";

struct ChannelMessage {
  Channel channel = Channel::shell;
  JupyterMessage message;  // no identities
};

// v1, always binary: u64le N; u64le offset[N]; channel, header, parent_header, metadata, content,
// buffers…
base::Bytes encode_websocket_v1(const ChannelMessage& message);
base::Result<ChannelMessage> decode_websocket_v1(base::ByteView bytes,
                                                 const JupyterLimits& limits = {});

// The default: one JSON text; with buffers binary: u32be n; u32be offset[n]; that text; buffers.
struct WebsocketPayload {
  bool binary = false;
  base::Bytes bytes;
};
// Refuses a part that is not one JSON object.
// SECURITY: a kernel's part cannot end early and add members of its own, another channel for
// instance (test: DefaultWebsocket.APartCannotBreakOut).
base::Result<WebsocketPayload> encode_websocket_default(const ChannelMessage& message);
base::Result<ChannelMessage> decode_websocket_default(bool binary, base::ByteView bytes,
                                                      const JupyterLimits& limits = {});

}  // namespace cloister::wire
