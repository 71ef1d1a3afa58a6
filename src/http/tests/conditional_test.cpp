// SPDX-License-Identifier: Apache-2.0
#include "conditional.hpp"

#include "cloister/http/static_files.hpp"

#include "compression.hpp"
#include "http_date.hpp"
#include "response_head.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

const base::WallTime noon = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value();

TEST(HttpDate, GoesBothWays) {
  EXPECT_EQ(to_http_date(noon), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(noon.time_since_epoch(), std::chrono::seconds(784111777));
  for (const char* bad : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                          "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                          "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(bad).has_value()) << bad;
}

std::string range_text(std::string_view field, std::uint64_t size) {
  auto parsed = parse_range(field, size);
  if (std::holds_alternative<WholeFile>(parsed)) return "whole";
  if (std::holds_alternative<NoSuchRange>(parsed)) return "none";
  ByteRange range = std::get<ByteRange>(parsed);
  return std::to_string(range.offset) + "+" + std::to_string(range.length);
}

TEST(Range, OneRangeOrTheWholeFile) {
  EXPECT_EQ(range_text("bytes=0-0", 10), "0+1");
  EXPECT_EQ(range_text("bytes=2-5", 10), "2+4");
  EXPECT_EQ(range_text("bytes=2-", 10), "2+8");
  EXPECT_EQ(range_text("bytes=2-99", 10), "2+8");
  EXPECT_EQ(range_text("bytes=-3", 10), "7+3");
  EXPECT_EQ(range_text("bytes=-99", 10), "0+10");
  EXPECT_EQ(range_text("bytes=10-", 10), "none");
  EXPECT_EQ(range_text("bytes=-0", 10), "none");
  EXPECT_EQ(range_text("bytes=-1", 0), "none");
  for (const char* whole : {"bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=x-y", "bytes=5-2",
                            "bytes=-", "bytes=1-2x", "bytes=99999999999999999999-"})
    EXPECT_EQ(range_text(whole, 10), "whole") << whole;
}

TEST(Conditional, WhatTheBrowserHasIsNotSentAgain) {
  auto answered = [](Headers headers) {
    Response response = text(200, "body");
    response.etag = "\"v1\"";
    response.modified = noon + std::chrono::milliseconds(300);
    return conditioned(Method::get, headers, std::move(response)).status;
  };
  EXPECT_EQ(answered({}), 200u);
  EXPECT_EQ(answered({{"If-None-Match", "\"v0\", W/\"v1\""}}), 304u);
  EXPECT_EQ(answered({{"If-None-Match", "*"}}), 304u);
  EXPECT_EQ(answered({{"If-None-Match", "\"v2\""}}), 200u);
  EXPECT_EQ(answered({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}), 304u);
  EXPECT_EQ(answered({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}), 200u);
  EXPECT_EQ(answered({{"If-None-Match", "\"v2\""},
                      {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
            200u);
  Response created = text(201, "x");
  created.etag = "\"v1\"";
  EXPECT_EQ(conditioned(Method::get, {{"If-None-Match", "*"}}, std::move(created)).status, 201u);
}

TEST(Compression, OnlyForThoseWhoTakeIt) {
  auto takes = [](std::string value) {
    return accepts_gzip(Headers{{"Accept-Encoding", std::move(value)}});
  };
  EXPECT_TRUE(takes("gzip"));
  EXPECT_TRUE(takes("deflate, GZIP;q=0.5, br"));
  EXPECT_FALSE(takes("gzip;q=0"));
  EXPECT_FALSE(takes("gzip;q=0.000"));
  EXPECT_FALSE(takes("br"));
  EXPECT_FALSE(takes(""));
  EXPECT_FALSE(gzip("abc").has_value());  // would grow
  EXPECT_LT(gzip(std::string(5000, 'a')).value().size(), 100u);
}

TEST(MediaType, ByEnding) {
  EXPECT_EQ(media_type_of("a/b.JS"), "text/javascript; charset=utf-8");
  EXPECT_EQ(media_type_of("noending"), "application/octet-stream");
  EXPECT_TRUE(is_compressible("application/json; charset=utf-8"));
  EXPECT_FALSE(is_compressible("image/png"));
}

TEST(ResponseHead, NoFieldInsideAValue) {
  Response response = text(200, "x").with("Location", "/a\r\nSet-Cookie: evil=1\n\0b");
  std::string head = encode_head(response, KeepAlive::no, noon);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Location: /aSet-Cookie: evil=1\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 1\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHead, NoLengthWhereThereIsNoBody) {
  for (unsigned status : {101u, 204u, 304u})
    EXPECT_EQ(encode_head(empty(status), KeepAlive::yes, noon).find("Content-Length"),
              std::string::npos);
}

}  // namespace
}  // namespace cloister::http
