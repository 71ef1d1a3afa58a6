// SPDX-License-Identifier: Apache-2.0
#include "request_parser.hpp"

#include "cloister/http/errors.hpp"

#include <gtest/gtest.h>

namespace cloister::http {
namespace {

constexpr std::size_t head_bytes_max = 4096;

struct Parsed {
  RequestHead head;
  std::string body;
  std::string rest;
};

// Feeds `step` bytes more each time, as a network would.
base::Result<Parsed> parse(std::string bytes, std::size_t step = 1'000'000) {
  RequestParser parser(head_bytes_max);
  Parsed parsed;
  std::size_t known = 0;
  std::size_t begin = 0;
  bool have_head = false;
  while (!parser.done()) {
    CLOISTER_TRY(std::size_t taken,
                 parser.put(base::as_bytes(std::string_view(bytes).substr(begin, known - begin))));
    begin += taken;
    if (parser.has_head() && !have_head) {
      have_head = true;
      CLOISTER_TRY(parsed.head, parser.head());
      parser.set_body_bytes_max(100);
      continue;
    }
    if (taken > 0) continue;
    if (known == bytes.size()) return base::fail(errors::bad_request, "incomplete");
    known = std::min(known + step, bytes.size());
  }
  parsed.body = parser.take_body();
  parsed.rest = bytes.substr(begin);
  return parsed;
}

TEST(RequestParser, BodiesOfBothFramings) {
  for (std::size_t step : {1u, 7u, 100000u}) {
    auto plain = parse("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET", step);
    ASSERT_TRUE(plain.has_value()) << plain.error().message;
    EXPECT_EQ(plain->body, "hello");
    EXPECT_EQ(plain->head.length, std::optional<std::uint64_t>(5));
    EXPECT_TRUE(plain->head.keep_alive);
    auto chunked = parse(
        "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\nGET",
        step);
    ASSERT_TRUE(chunked.has_value()) << chunked.error().message;
    EXPECT_EQ(chunked->body, "hello");
    EXPECT_FALSE(chunked->head.keep_alive);
    EXPECT_FALSE(chunked->head.length.has_value());
  }
  auto bare = parse("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1").value();
  EXPECT_EQ(bare.rest, "GET / HTTP/1.1");
  EXPECT_FALSE(bare.head.has_body);
}

TEST(RequestParser, SmugglersAreRefused) {
  const char* cases[] = {
      "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
      "Content-Length: 5, 5\r\n\r\nhello",
      "Content-Length: +5\r\n\r\nhello",
      "Content-Length: -1\r\n\r\n",
      "Content-Length: 0x5\r\n\r\nhello",
      "Content-Length: 99999999999999999999\r\n\r\n",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: identity\r\n\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n",
      "Host: y\r\n\r\n",
      "Bad\x01Name: x\r\n\r\n",
      "Name: a\x01z\r\n\r\n",
      ": x\r\n\r\n",
  };
  for (const char* fields : cases)
    EXPECT_FALSE(parse("POST / HTTP/1.1\r\nHost: x\r\n" + std::string(fields)).has_value())
        << fields;
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\n\r\n").has_value());  // no Host
  EXPECT_FALSE(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").has_value());
  EXPECT_FALSE(parse("GET / HTTP/1.1\nHost: x\n\n").has_value());
  EXPECT_FALSE(parse("GET  / HTTP/1.1\r\nHost: x\r\n\r\n").has_value());
}

TEST(RequestParser, LimitsAndVersionsHaveCodes) {
  std::string big =
      "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(head_bytes_max, 'a') + "\r\n\r\n";
  EXPECT_TRUE(parse(big).error().is(errors::head_too_large));
  std::string body(101, 'b');
  EXPECT_TRUE(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n" + body)
                  .error()
                  .is(errors::body_too_large));
  EXPECT_TRUE(parse("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + body)
                  .error()
                  .is(errors::body_too_large));
  EXPECT_TRUE(parse("GET / HTTP/2.0\r\nHost: x\r\n\r\n").error().is(errors::version));
  EXPECT_FALSE(parse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").has_value());
}

}  // namespace
}  // namespace cloister::http
