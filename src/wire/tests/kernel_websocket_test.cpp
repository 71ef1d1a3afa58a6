// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/kernel_websocket.hpp"

#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

ChannelMessage example(std::vector<base::Bytes> buffers = {}) {
  ChannelMessage message{.channel = Channel::iopub, .message = {}};
  message.message.header = base::to_bytes(R"({"msg_id":"1"})");
  message.message.parent_header = base::to_bytes("{}");
  message.message.metadata = base::to_bytes("{ }");
  message.message.content = base::to_bytes(R"({"text":"a\"}]\\","n":NaN})");
  message.message.buffers = std::move(buffers);
  return message;
}

void expect_same(const ChannelMessage& a, const ChannelMessage& b) {
  EXPECT_EQ(a.channel, b.channel);
  EXPECT_EQ(a.message.header, b.message.header);
  EXPECT_EQ(a.message.parent_header, b.message.parent_header);
  EXPECT_EQ(a.message.metadata, b.message.metadata);
  EXPECT_EQ(a.message.content, b.message.content);
  EXPECT_EQ(a.message.buffers, b.message.buffers);
}

// As jupyter_server's serialize_msg_to_ws_v1 writes it: channel "shell", parts {}, {}, {}, {}.
TEST(WebsocketV1, PublishedShape) {
  ChannelMessage message;
  message.message.header = message.message.parent_header = base::to_bytes("{}");
  message.message.metadata = message.message.content = base::to_bytes("{}");
  base::Bytes bytes = encode_websocket_v1(message);
  std::string expected;
  for (unsigned value : {6u, 56u, 61u, 63u, 65u, 67u, 69u})
    expected += std::string(1, static_cast<char>(value)) + std::string(7, '\0');
  expected += "shell{}{}{}{}";
  EXPECT_EQ(base::as_text(bytes), expected);
}

TEST(WebsocketV1, ComesBack) {
  for (const auto& message : {example(), example({base::to_bytes("b1"), {}})}) {
    auto again = decode_websocket_v1(encode_websocket_v1(message));
    ASSERT_TRUE(again) << again.error().message;
    expect_same(*again, message);
  }
}

TEST(WebsocketV1, RefusesOffsetsThatDoNotFit) {
  const base::Bytes good = encode_websocket_v1(example());
  for (std::size_t offset = 0; offset < 56; offset += 8) {
    for (std::size_t byte : {std::size_t{0}, std::size_t{7}}) {
      base::Bytes bad = good;
      bad[offset + byte] = std::byte{0xff};
      EXPECT_FALSE(decode_websocket_v1(bad)) << offset;
    }
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_websocket_v1(base::ByteView(good).first(size))) << size;
  EXPECT_FALSE(decode_websocket_v1(good, {.parts_max = 5}));
  EXPECT_FALSE(decode_websocket_v1(good, {.bytes_max = good.size() - 1}));
}

TEST(DefaultWebsocket, TextComesBack) {
  auto payload = encode_websocket_default(example());
  ASSERT_TRUE(payload);
  EXPECT_FALSE(payload->binary);
  auto again = decode_websocket_default(false, payload->bytes);
  ASSERT_TRUE(again) << again.error().message;
  expect_same(*again, example());
}

TEST(DefaultWebsocket, BuffersComeBack) {
  auto message = example({base::to_bytes("b1"), {}, base::to_bytes("b3")});
  auto payload = encode_websocket_default(message);
  ASSERT_TRUE(payload);
  EXPECT_TRUE(payload->binary);
  auto again = decode_websocket_default(true, payload->bytes);
  ASSERT_TRUE(again) << again.error().message;
  expect_same(*again, message);
  for (std::size_t size = 0; size < 60; ++size)
    EXPECT_FALSE(decode_websocket_default(true, base::ByteView(payload->bytes).first(size)));
}

// What JupyterLab sends without a subprotocol.
TEST(DefaultWebsocket, ReadsWhatLabSends) {
  auto message = decode_websocket_default(
      false, base::as_bytes(R"({"buffers":[],"channel":"shell","content":{"code":"a"},"header":)"
                            R"({"msg_id":"1"},"metadata":{},"parent_header":{}})"));
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->channel, Channel::shell);
  EXPECT_EQ(base::as_text(message->message.content), R"({"code":"a"})");
}

TEST(DefaultWebsocket, RefusesNonsense) {
  for (const char* text :
       {"", "{}", "[]", R"({"channel":"shell"})", R"({"channel":"moon","header":{}})",
        R"({"channel":"shell","header":{}} x)", R"({"channel":"shell","header":[]})",
        R"({"channel":"shell","channel":"control","header":{}})",
        R"({"channel":shell,"header":{}})", R"({"ch\u0061nnel":"shell","header":{}})",
        R"({"channel":"shell","header":{})", R"({"channel":"shell","header":{]}})"})
    EXPECT_FALSE(decode_websocket_default(false, base::as_bytes(text))) << text;
}

TEST(DefaultWebsocket, APartCannotBreakOut) {
  for (const char* part : {R"({},"channel":"control")", R"({}})", R"({"a":"})", "", "1", "{]}"}) {
    ChannelMessage message = example();
    message.message.content = base::to_bytes(part);
    EXPECT_FALSE(encode_websocket_default(message)) << part;
  }
}

}  // namespace
}  // namespace cloister::wire
