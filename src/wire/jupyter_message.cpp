// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/jupyter_message.hpp"

#include "cloister/base/secret.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cloister::wire {
namespace {

constexpr std::string_view delimiter = "<IDS|MSG>";
constexpr std::size_t signed_parts = 4;
constexpr std::array<std::string_view, 4> channel_names{"shell", "control", "stdin", "iopub"};

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_message, std::move(message));
}

std::string signature_of(const crypto::HmacSha256& key, base::ByteView header,
                         base::ByteView parent_header, base::ByteView metadata,
                         base::ByteView content) {
  std::array<base::ByteView, signed_parts> parts{header, parent_header, metadata, content};
  return base::to_hex(key.of(parts));
}

JupyterHeader header_from(const json::object& object) {
  return {.id = text_or(object, "msg_id", ""),
          .type = text_or(object, "msg_type", ""),
          .session = text_or(object, "session", ""),
          .username = text_or(object, "username", ""),
          .version = text_or(object, "version", ""),
          .subshell = text_or(object, "subshell_id", "")};
}

base::Outcome check_size(const std::vector<base::Bytes>& frames, const JupyterLimits& limits) {
  if (frames.size() > limits.parts_max) return bad("a message of a kernel has too many parts");
  std::size_t bytes = 0;
  for (const base::Bytes& frame : frames) bytes += frame.size();
  if (bytes > limits.bytes_max) return bad("a message of a kernel is too large");
  return {};
}

}  // namespace

std::string_view channel_name(Channel channel) {
  return channel_names[static_cast<std::size_t>(channel)];
}

std::optional<Channel> channel_from_name(std::string_view name) {
  const auto* found = std::ranges::find(channel_names, name);
  if (found == channel_names.end()) return std::nullopt;
  return static_cast<Channel>(found - channel_names.begin());
}

std::size_t JupyterMessage::bytes() const {
  std::size_t sum = header.size() + parent_header.size() + metadata.size() + content.size();
  for (const base::Bytes& buffer : buffers) sum += buffer.size();
  return sum;
}

base::Result<JupyterMessage> message_from_frames(std::vector<base::Bytes> frames,
                                                 const crypto::HmacSha256& key,
                                                 const JupyterLimits& limits) {
  CLOISTER_TRY_DO(check_size(frames, limits));
  auto found = std::ranges::find_if(
      frames, [](const base::Bytes& frame) { return base::as_text(frame) == delimiter; });
  if (std::ranges::distance(found, frames.end()) < 2 + static_cast<std::ptrdiff_t>(signed_parts))
    return bad("a message of a kernel lacks parts");
  std::string expected = signature_of(key, found[2], found[3], found[4], found[5]);
  if (!base::equal_constant_time(base::as_bytes(expected), found[1]))
    return bad("the signature of a message does not fit");
  JupyterMessage message{.identities = {},
                         .header = std::move(found[2]),
                         .parent_header = std::move(found[3]),
                         .metadata = std::move(found[4]),
                         .content = std::move(found[5]),
                         .buffers = {}};
  message.identities.assign(std::move_iterator(frames.begin()), std::move_iterator(found));
  message.buffers.assign(std::move_iterator(found + 2 + signed_parts),
                         std::move_iterator(frames.end()));
  return message;
}

std::vector<base::Bytes> frames_of(const JupyterMessage& message, const crypto::HmacSha256& key) {
  std::vector<base::Bytes> frames = message.identities;
  frames.push_back(base::to_bytes(delimiter));
  frames.push_back(base::to_bytes(
      signature_of(key, message.header, message.parent_header, message.metadata, message.content)));
  for (const base::Bytes* part :
       {&message.header, &message.parent_header, &message.metadata, &message.content})
    frames.push_back(*part);
  frames.insert(frames.end(), message.buffers.begin(), message.buffers.end());
  return frames;
}

base::Result<JupyterHeader> read_header(base::ByteView header, const JupyterLimits& limits) {
  if (header.size() > limits.header_bytes_max) return bad("a header of a kernel is too large");
  CLOISTER_TRY(json::object object, parse_json_object(base::as_text(header)));
  JupyterHeader read = header_from(object);
  if (read.id.empty() || read.type.empty() || read.session.empty())
    return bad("a header of a kernel lacks msg_id, msg_type or session");
  return read;
}

JupyterHeader read_parent_header(base::ByteView header, const JupyterLimits& limits) {
  if (header.size() > limits.header_bytes_max) return {};
  auto object = parse_json_object(base::as_text(header));
  return object ? header_from(*object) : JupyterHeader{};
}

JupyterMessage synthesise(const Synthesis& from, std::string_view type, std::string content_json,
                          base::Bytes parent_header, base::Clock& clock, base::Random& random) {
  json::object header{{"msg_id", base::random_id(random) + base::random_id(random)},
                      {"msg_type", type},
                      {"session", from.session},
                      {"username", "cloister"},
                      {"date", base::to_rfc3339(clock.now())},
                      {"version", "5.3"}};
  json::object metadata{{"cloister", json::object{{"synthesised", from.why}}}};
  if (parent_header.empty()) parent_header = base::to_bytes("{}");
  return {.identities = {},
          .header = base::to_bytes(json::serialize(header)),
          .parent_header = std::move(parent_header),
          .metadata = base::to_bytes(json::serialize(metadata)),
          .content = base::to_bytes(content_json),
          .buffers = {}};
}

JupyterMessage status_message(const Synthesis& from, std::string_view execution_state,
                              base::Bytes parent_header, base::Clock& clock, base::Random& random) {
  json::object content{{"execution_state", execution_state}};
  return synthesise(from, "status", json::serialize(content), std::move(parent_header), clock,
                    random);
}

JupyterMessage stream_message(const Synthesis& from, std::string_view name, std::string_view text,
                              base::Bytes parent_header, base::Clock& clock, base::Random& random) {
  json::object content{{"name", name}, {"text", text}};
  return synthesise(from, "stream", json::serialize(content), std::move(parent_header), clock,
                    random);
}

PackedMessage pack(const JupyterMessage& message) {
  PackedMessage packed;
  packed.bytes.reserve(message.bytes());
  auto add = [&packed](const base::Bytes& part) {
    packed.sizes.push_back(static_cast<std::uint32_t>(part.size()));
    packed.bytes.insert(packed.bytes.end(), part.begin(), part.end());
  };
  for (const base::Bytes* part :
       {&message.header, &message.parent_header, &message.metadata, &message.content})
    add(*part);
  for (const base::Bytes& buffer : message.buffers) add(buffer);
  return packed;
}

base::Result<JupyterMessage> unpack(const std::vector<std::uint32_t>& sizes, base::ByteView bytes,
                                    const JupyterLimits& limits) {
  if (sizes.size() < signed_parts || sizes.size() > limits.parts_max ||
      bytes.size() > limits.bytes_max)
    return bad("a packed message has the wrong number of parts or is too large");
  std::vector<base::Bytes> parts;
  for (std::uint32_t size : sizes) {
    if (size > bytes.size()) return bad("a packed message is shorter than its parts");
    parts.emplace_back(bytes.begin(), bytes.begin() + size);
    bytes = bytes.subspan(size);
  }
  if (!bytes.empty()) return bad("a packed message is longer than its parts");
  JupyterMessage message{.identities = {},
                         .header = std::move(parts[0]),
                         .parent_header = std::move(parts[1]),
                         .metadata = std::move(parts[2]),
                         .content = std::move(parts[3]),
                         .buffers = {}};
  message.buffers.assign(std::move_iterator(parts.begin() + signed_parts),
                         std::move_iterator(parts.end()));
  return message;
}

}  // namespace cloister::wire
