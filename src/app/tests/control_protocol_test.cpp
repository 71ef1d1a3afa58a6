// SPDX-License-Identifier: Apache-2.0
#include "control_protocol.hpp"

#include <gmock/gmock.h>

namespace cloister::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ControlProtocol, ACallComesBackAsItWas) {
  api::Call call;
  call.verb = "data query";
  call.parameters = {{"sql", "select 1"}};
  call.purpose = "test";
  call.passphrase = base::SecretBytes::copy_of(std::string_view("open sesame"));
  io::Frame frame = encode_call(std::move(call));
  EXPECT_THAT(frame.header, Not(HasSubstr("sesame")));
  auto back = decode_call(std::move(frame));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->verb, "data query");
  EXPECT_EQ(back->parameters.at("sql"), "select 1");
  EXPECT_EQ(back->passphrase.text(), "open sesame");
}

TEST(ControlProtocol, LargeResultsTravelInMemory) {
  api::Reply reply;
  reply.result = {{"stdout", std::string(6u << 20, 'x')}};
  io::Frame frame = encode_reply(std::move(reply));
  EXPECT_LT(frame.header.size(), 1000u);
  ASSERT_EQ(frame.descriptors.size(), 1u);
  auto back = decode_received(std::move(frame));
  ASSERT_TRUE(back && back->reply);
  EXPECT_EQ(back->reply->result.at("stdout").get_string().size(), 6u << 20);
}

TEST(ControlProtocol, ErrorsKeepCodeKindAndHint) {
  auto back = decode_received(
      encode_reply(base::fail({"vault.locked", base::Kind::locked}, "locked", "unlock it")));
  ASSERT_TRUE(back);
  ASSERT_FALSE(back->reply);
  EXPECT_EQ(back->reply.error().code, "vault.locked");
  EXPECT_EQ(back->reply.error().kind, base::Kind::locked);
  EXPECT_EQ(back->reply.error().hint, "unlock it");
}

TEST(ControlProtocol, NonsenseIsAnError) {
  EXPECT_FALSE(decode_call({.header = "[]", .body = {}, .descriptors = {}}));
  EXPECT_FALSE(
      decode_call({.header = R"({"verb":1,"parameters":{}})", .body = {}, .descriptors = {}}));
  EXPECT_FALSE(decode_received({.header = "{}", .body = {}, .descriptors = {}}));
}

}  // namespace
}  // namespace cloister::app
