// SPDX-License-Identifier: Apache-2.0
// Calls and replies as frames on the control socket (docs/formats/frames.md).
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/io/frame_socket.hpp"

namespace cloister::app {

// A call's passphrase travels as the frame's body, never in its header.
io::Frame encode_call(api::Call call);
base::Result<api::Call> decode_call(io::Frame frame);

io::Frame encode_reply(base::Result<api::Reply> reply);
io::Frame encode_progress(std::string_view what, std::uint64_t done, std::uint64_t total);
io::Frame encode_item(const boost::json::object& item);

// What the client receives until the reply.
struct Progress {
  std::string what;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
struct Received {
  enum class Kind { progress, item, reply } kind = Kind::reply;
  Progress progress;
  boost::json::object item;
  base::Result<api::Reply> reply = api::Reply{};
};
base::Result<Received> decode_received(io::Frame frame);

}  // namespace cloister::app
