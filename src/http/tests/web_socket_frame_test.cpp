// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/web_socket_frame.hpp"

#include "cloister/http/errors.hpp"
#include "cloister/http/utf8.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

base::Result<std::optional<FrameHead>> parse(std::string_view hex) {
  return parse_frame_head(base::from_hex(hex).value());
}

TEST(WebSocketFrame, HeadsOfAllLengths) {
  FrameHead head = **parse("818537fa213d7f9f4d5158");  // RFC 6455 §5.7: a masked "Hello"
  EXPECT_TRUE(head.final);
  EXPECT_EQ(head.opcode, Opcode::text);
  EXPECT_EQ(head.length, 5u);
  EXPECT_EQ(head.head_bytes, 6u);
  base::Bytes payload = base::from_hex("7f9f4d5158").value();
  apply_mask(payload, head.mask, 0);
  EXPECT_EQ(base::as_text(payload), "Hello");
  EXPECT_EQ((**parse("02fe010000000000")).length, 256u);
  EXPECT_FALSE((**parse("02fe010000000000")).final);
  EXPECT_EQ((**parse("82ff000000000001000000000000")).length, 65536u);
  for (const char* part : {"", "81", "81fe", "81fe01", "81fe0100000000", "8185000000"})
    EXPECT_FALSE(parse(part)->has_value()) << part;
}

TEST(WebSocketFrame, BrokenHeadsAreRefused) {
  for (const char* bad :
       {"8105", "c18500000000", "838500000000", "8b8500000000", "098000000000", "89fe007e00000000",
        "81fe007d00000000", "82ff000000000000ffff00000000", "82ff800000000001000000000000"})
    EXPECT_TRUE(parse(bad).error().is(errors::socket_protocol)) << bad;
}

TEST(WebSocketFrame, OursAreRead) {
  for (std::uint64_t length : {0ull, 125ull, 126ull, 65535ull, 65536ull, 1ull << 40}) {
    EncodedHead head = encode_frame_head(true, Opcode::binary, length);
    base::Bytes masked(head.view().begin(), head.view().end());
    masked[1] |= std::byte{0x80};
    masked.resize(masked.size() + 4);
    EXPECT_EQ((**parse_frame_head(masked)).length, length);
  }
}

TEST(WebSocketFrame, TheMaskFollowsItsOffset) {
  std::array<std::byte, 4> mask{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  base::Bytes whole(1000, std::byte{0x55});
  base::Bytes pieces = whole;
  apply_mask(whole, mask, 0);
  for (std::size_t at = 0, step = 1; at < pieces.size(); at += step, step = step % 13 + 1)
    apply_mask(std::span(pieces).subspan(at, std::min(step, pieces.size() - at)), mask, at);
  EXPECT_EQ(whole, pieces);
}

TEST(WebSocketFrame, CloseNotes) {
  EXPECT_EQ(parse_close({})->code, 1005);
  EXPECT_EQ(parse_close(base::from_hex("03e8").value())->code, 1000);
  base::Bytes payload = base::from_hex("0fa0414243").value();
  EXPECT_EQ(parse_close(payload)->reason, "ABC");
  for (const char* bad : {"03", "03e7", "03ec", "03ed", "03ee", "03f7", "07d0", "1388", "03e8ff"})
    EXPECT_FALSE(parse_close(base::from_hex(bad).value()).has_value()) << bad;
}

TEST(Utf8, WholeCharactersOnly) {
  for (const char* good : {"", "plain ascii of some length", "ä€𝄞", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(base::as_bytes(good))) << good;
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5", "\xff", "\xe2\x82", "12345678\xe2\x82", "abc\xc3("})
    EXPECT_FALSE(is_utf8(base::as_bytes(bad))) << bad;
  Utf8Check check;
  EXPECT_TRUE(check.feed(base::as_bytes("\xe2")));
  EXPECT_FALSE(check.complete());
  EXPECT_TRUE(check.feed(base::as_bytes("\x82\xac")));
  EXPECT_TRUE(check.complete());
  EXPECT_FALSE(check.feed(base::as_bytes("\xac")));
  EXPECT_FALSE(check.feed(base::as_bytes("a")));
}

}  // namespace
}  // namespace cloister::http
