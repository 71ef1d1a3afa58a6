// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/jupyter_message.hpp"

#include "cloister/wire/json.hpp"

#include <gtest/gtest.h>

namespace cloister::wire {
namespace {

crypto::HmacSha256 key(std::string_view text = "a0436f6c-1916-498b-8eb9-e81ab9368e84") {
  return crypto::HmacSha256(base::as_bytes(text));
}

constexpr std::string_view header =
    R"({"msg_id":"1-2","msg_type":"execute_request","username":"u","session":"s",)"
    R"("date":"2026-01-01T00:00:00Z","version":"5.4","subshell_id":"sub"})";

JupyterMessage example() {
  JupyterMessage message;
  message.header = base::to_bytes(header);
  message.parent_header = base::to_bytes("{}");
  message.metadata = base::to_bytes("{ }");  // as it came, byte for byte
  message.content = base::to_bytes(R"({"code":"1"})");
  message.buffers = {base::to_bytes(std::string_view("\0\xff", 2)), {}};
  return message;
}

std::vector<base::Bytes> example_frames() {
  return frames_of(example(), key());
}

TEST(JupyterMessage, GoesThroughByteForByte) {
  auto frames = example_frames();
  frames.insert(frames.begin(), {base::to_bytes("client"), base::to_bytes("topic")});
  auto message = message_from_frames(frames, key());
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->identities.size(), 2u);
  EXPECT_EQ(message->metadata, example().metadata);
  EXPECT_EQ(message->buffers, example().buffers);
  EXPECT_EQ(frames_of(*message, key()), frames);
}

// The shape of messaging.rst, signed by jupyter_client.
TEST(JupyterMessage, SignsAsJupyterClientDoes) {
  JupyterMessage message;
  message.header = base::to_bytes("{\"a\": 1}");
  message.parent_header = base::to_bytes("{}");
  message.metadata = base::to_bytes("{}");
  message.content = base::to_bytes("{\"b\": 2}");
  auto frames = frames_of(message, key("secret"));
  EXPECT_EQ(base::as_text(frames[0]), "<IDS|MSG>");
  EXPECT_EQ(base::as_text(frames[1]),
            "13bbe54fe145e2ef14192a49db1850ffefdd8e7580d210e9cf32e65acb8c2c95");
}

TEST(JupyterMessage, RefusesAnotherKey) {
  EXPECT_FALSE(message_from_frames(example_frames(), key("other")));
  for (std::size_t part = 1; part <= 5; ++part) {
    auto frames = example_frames();
    frames[part].back() ^= std::byte{1};
    EXPECT_FALSE(message_from_frames(frames, key())) << part;
  }
  auto frames = example_frames();
  frames[1].clear();
  EXPECT_FALSE(message_from_frames(frames, key()));
}

TEST(JupyterMessage, RefusesWhatIsNoMessage) {
  EXPECT_FALSE(message_from_frames({}, key()));
  EXPECT_FALSE(message_from_frames({base::to_bytes("<IDS|MSG>")}, key()));
  auto frames = example_frames();
  frames.resize(5);  // no content
  EXPECT_FALSE(message_from_frames(frames, key()));
  EXPECT_FALSE(message_from_frames(example_frames(), key(), {.parts_max = 7}));
  EXPECT_FALSE(message_from_frames(example_frames(), key(), {.bytes_max = 100}));
}

TEST(JupyterHeader, ReadsWhatIsNeeded) {
  auto read = read_header(base::as_bytes(header));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "1-2");
  EXPECT_EQ(read->type, "execute_request");
  EXPECT_EQ(read->session, "s");
  EXPECT_EQ(read->username, "u");
  EXPECT_EQ(read->version, "5.4");
  EXPECT_EQ(read->subshell, "sub");
  EXPECT_EQ(read_parent_header(base::as_bytes("{}")).id, "");
  EXPECT_EQ(read_parent_header(base::as_bytes("nonsense")).id, "");
}

TEST(JupyterHeader, RefusesWhatLacksSomething) {
  for (const char* text : {"", "[]", "{}", R"({"msg_id":"a","msg_type":"b"})",
                           R"({"msg_id":1,"msg_type":"b","session":"c"})"})
    EXPECT_FALSE(read_header(base::as_bytes(text))) << text;
  EXPECT_FALSE(read_header(base::as_bytes(header), {.header_bytes_max = 10}));
}

TEST(Synthesis, CarriesTheKernelsSession) {
  base::ManualClock clock;
  base::SeededRandom random(1);
  auto message =
      status_message({.session = "kernel", .why = "lost-idle"}, "idle", {}, clock, random);
  auto read = read_header(message.header);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->session, "kernel");
  EXPECT_EQ(read->type, "status");
  EXPECT_EQ(base::as_text(message.parent_header), "{}");
  EXPECT_EQ(base::as_text(message.metadata), R"({"cloister":{"synthesised":"lost-idle"}})");
  EXPECT_EQ(base::as_text(message.content), R"({"execution_state":"idle"})");
}

TEST(PackedMessage, ComesBack) {
  auto packed = pack(example());
  EXPECT_EQ(packed.sizes.size(), 6u);
  auto message = unpack(packed.sizes, packed.bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->content, example().content);
  EXPECT_EQ(message->buffers, example().buffers);
}

TEST(PackedMessage, RefusesSizesThatDoNotFit) {
  auto packed = pack(example());
  EXPECT_FALSE(unpack({1, 2, 3}, packed.bytes));
  auto sizes = packed.sizes;
  sizes.back() += 1;
  EXPECT_FALSE(unpack(sizes, packed.bytes));
  sizes = packed.sizes;
  sizes.front() -= 1;
  EXPECT_FALSE(unpack(sizes, packed.bytes));
}

}  // namespace
}  // namespace cloister::wire
