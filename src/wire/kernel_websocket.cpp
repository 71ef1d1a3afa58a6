// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/kernel_websocket.hpp"

#include "cloister/wire/errors.hpp"

#include "json_span.hpp"

#include <utility>

namespace cloister::wire {
namespace {

constexpr std::size_t parts_min = 5;  // channel, header, parent_header, metadata, content

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_message, std::move(message));
}

void append(base::Bytes& out, base::ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
void append(base::Bytes& out, std::string_view text) {
  append(out, base::as_bytes(text));
}

void append_little_endian(base::Bytes& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

std::uint64_t load_little_endian(base::ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i > 0; --i) value = value << 8 | std::to_integer<unsigned>(bytes[i - 1]);
  return value;
}

void append_big_endian(base::Bytes& out, std::uint32_t value) {
  std::byte bytes[4];
  base::store_big_endian(bytes, value);
  append(out, base::ByteView(bytes));
}

base::Bytes copy(base::ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

base::Result<base::ByteView> part_between(base::ByteView bytes, std::uint64_t begin,
                                          std::uint64_t end) {
  if (begin > end || end > bytes.size()) return bad("an offset of a message is out of order");
  return bytes.subspan(begin, end - begin);
}

base::Result<base::Bytes> object_member(const std::map<std::string_view, std::string_view>& members,
                                        std::string_view name) {
  auto found = members.find(name);
  if (found == members.end()) return base::to_bytes("{}");
  if (!is_one_object(found->second)) return bad("a part of a message is no object");
  return base::to_bytes(found->second);
}

base::Result<ChannelMessage> message_from_text(std::string_view text) {
  auto members = members_of(text);
  if (!members) return bad("a message is not one JSON object");
  auto channel = members->find("channel");
  if (channel == members->end() || channel->second.size() < 2)
    return bad("a message names no channel");
  auto known = channel_from_name(channel->second.substr(1, channel->second.size() - 2));
  if (!known || channel->second.front() != '"') return bad("a message names an unknown channel");
  if (!members->contains("header")) return bad("a message has no header");
  ChannelMessage result{.channel = *known, .message = {}};
  CLOISTER_TRY(result.message.header, object_member(*members, "header"));
  CLOISTER_TRY(result.message.parent_header, object_member(*members, "parent_header"));
  CLOISTER_TRY(result.message.metadata, object_member(*members, "metadata"));
  CLOISTER_TRY(result.message.content, object_member(*members, "content"));
  return result;
}

base::Outcome append_member(base::Bytes& out, std::string_view name, const base::Bytes& part) {
  if (!is_one_object(base::as_text(part))) return bad("a part of a message is no JSON object");
  append(out, name);
  append(out, base::ByteView(part));
  return {};
}

base::Result<base::Bytes> text_of(const ChannelMessage& message) {
  base::Bytes text;
  text.reserve(message.message.bytes() + 128);
  append(text, "{\"channel\":\"");
  append(text, channel_name(message.channel));
  append(text, "\"");
  CLOISTER_TRY_DO(append_member(text, ",\"header\":", message.message.header));
  CLOISTER_TRY_DO(append_member(text, ",\"parent_header\":", message.message.parent_header));
  CLOISTER_TRY_DO(append_member(text, ",\"metadata\":", message.message.metadata));
  CLOISTER_TRY_DO(append_member(text, ",\"content\":", message.message.content));
  append(text, ",\"buffers\":[]}");
  return text;
}

base::Result<ChannelMessage> message_from_binary(base::ByteView bytes,
                                                 const JupyterLimits& limits) {
  if (bytes.size() < 4) return bad("a message is too short");
  auto number = base::load_big_endian<std::uint32_t>(bytes.data());
  if (number == 0 || number > limits.parts_max || bytes.size() / 4 < std::size_t{number} + 1)
    return bad("a message has the wrong number of parts");
  auto offset = [&](std::size_t i) -> std::uint64_t {
    if (i == number) return bytes.size();
    return base::load_big_endian<std::uint32_t>(bytes.data() + 4 + 4 * i);
  };
  if (offset(0) < 4 + 4ull * number) return bad("an offset of a message is out of order");
  CLOISTER_TRY(base::ByteView text, part_between(bytes, offset(0), offset(1)));
  CLOISTER_TRY(ChannelMessage message, message_from_text(base::as_text(text)));
  for (std::size_t i = 1; i < number; ++i) {
    CLOISTER_TRY(base::ByteView buffer, part_between(bytes, offset(i), offset(i + 1)));
    message.message.buffers.push_back(copy(buffer));
  }
  return message;
}

}  // namespace

base::Bytes encode_websocket_v1(const ChannelMessage& message) {
  std::string_view channel = channel_name(message.channel);
  const JupyterMessage& parts = message.message;
  std::vector<base::ByteView> views{base::as_bytes(channel), parts.header, parts.parent_header,
                                    parts.metadata, parts.content};
  views.insert(views.end(), parts.buffers.begin(), parts.buffers.end());
  base::Bytes out;
  std::uint64_t offset = 8 * (views.size() + 2);
  out.reserve(offset + channel.size() + parts.bytes());
  append_little_endian(out, views.size() + 1);
  append_little_endian(out, offset);
  for (base::ByteView view : views) append_little_endian(out, offset += view.size());
  for (base::ByteView view : views) append(out, view);
  return out;
}

base::Result<ChannelMessage> decode_websocket_v1(base::ByteView bytes,
                                                 const JupyterLimits& limits) {
  if (bytes.size() > limits.bytes_max) return bad("a message is too large");
  if (bytes.size() < 8) return bad("a message is too short");
  std::uint64_t number = load_little_endian(bytes);
  if (number < parts_min + 1 || number > limits.parts_max || bytes.size() / 8 < number + 1)
    return bad("a message has the wrong number of parts");
  auto offset = [&](std::size_t i) { return load_little_endian(bytes.subspan(8 * (i + 1), 8)); };
  if (offset(0) != 8 * (number + 1) || offset(number - 1) != bytes.size())
    return bad("an offset of a message is out of order");
  std::vector<base::Bytes> parts;
  for (std::size_t i = 0; i + 1 < number; ++i) {
    CLOISTER_TRY(base::ByteView part, part_between(bytes, offset(i), offset(i + 1)));
    parts.push_back(copy(part));
  }
  auto channel = channel_from_name(base::as_text(parts[0]));
  if (!channel) return bad("a message names an unknown channel");
  ChannelMessage message{.channel = *channel,
                         .message = {.identities = {},
                                     .header = std::move(parts[1]),
                                     .parent_header = std::move(parts[2]),
                                     .metadata = std::move(parts[3]),
                                     .content = std::move(parts[4]),
                                     .buffers = {}}};
  message.message.buffers.assign(std::move_iterator(parts.begin() + parts_min),
                                 std::move_iterator(parts.end()));
  return message;
}

base::Result<WebsocketPayload> encode_websocket_default(const ChannelMessage& message) {
  CLOISTER_TRY(base::Bytes text, text_of(message));
  const std::vector<base::Bytes>& buffers = message.message.buffers;
  if (buffers.empty()) return WebsocketPayload{.binary = false, .bytes = std::move(text)};
  std::uint64_t offset = 4 * (buffers.size() + 2);
  if (offset + text.size() + message.message.bytes() > 0xffffffffu)
    return bad("a message is too large");
  base::Bytes out;
  append_big_endian(out, static_cast<std::uint32_t>(buffers.size() + 1));
  append_big_endian(out, static_cast<std::uint32_t>(offset));
  offset += text.size();
  for (const base::Bytes& buffer : buffers) {
    append_big_endian(out, static_cast<std::uint32_t>(offset));
    offset += buffer.size();
  }
  append(out, base::ByteView(text));
  for (const base::Bytes& buffer : buffers) append(out, base::ByteView(buffer));
  return WebsocketPayload{.binary = true, .bytes = std::move(out)};
}

base::Result<ChannelMessage> decode_websocket_default(bool binary, base::ByteView bytes,
                                                      const JupyterLimits& limits) {
  if (bytes.size() > limits.bytes_max) return bad("a message is too large");
  return binary ? message_from_binary(bytes, limits) : message_from_text(base::as_text(bytes));
}

}  // namespace cloister::wire
