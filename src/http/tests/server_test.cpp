// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/condition.hpp"

#include "test_server.hpp"

#include <boost/json.hpp>
#include <zlib.h>

#include <future>

namespace cloister::http {
namespace {

using std::chrono::milliseconds;

std::string unpacked(std::string_view packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string text(1u << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(text.size() - stream.avail_out);
  inflateEnd(&stream);
  return text;
}

Handler echo() {
  return [](Request request) -> io::Task<Response> { co_return text(200, request.body); };
}

// Waits until it is cancelled.
Handler waits(io::EventLoop& loop, std::promise<void>& entered, std::promise<bool>& left) {
  return [&](Request) -> io::Task<Response> {
    io::Condition never(loop);
    entered.set_value();
    base::Outcome waited = co_await never.wait(io::no_deadline);
    left.set_value(!waited && co_await io::is_cancelled());
    co_return empty();
  };
}

TEST_F(ServerTest, ConnectionsAreKeptAndRequestsMayBePipelined) {
  add(Method::get, "/a", Access::anyone, says("first"));
  add(Method::get, "/b", Access::anyone, says("second"));
  start();
  RawClient client(port);
  client.send(request_text("GET /a") + request_text("GET /b", "Connection: close\r\n"));
  RawResponse first = client.response().value();
  EXPECT_EQ(first.status, 200u);
  EXPECT_EQ(first.body, "first");
  EXPECT_TRUE(first.headers.has("Date"));
  RawResponse second = client.response().value();
  EXPECT_EQ(second.body, "second");
  EXPECT_EQ(second.headers.get("Connection"), "close");
  EXPECT_TRUE(client.has_ended());
}

TEST_F(ServerTest, EveryAnswerIsArmoured) {
  add(Method::get, "/api/x", Access::anyone,
      [](Request) -> io::Task<Response> { co_return json(200, {{"a", 1}}); });
  add(Method::get, "/lab", Access::anyone,
      [](Request) -> io::Task<Response> { co_return page(200, "<p>"); });
  start();
  RawResponse data = ask(request_text("GET /api/x"));
  EXPECT_EQ(data.body, "{\"a\":1}");
  EXPECT_TRUE(data.headers.get("Content-Security-Policy").starts_with("default-src 'none'; "));
  EXPECT_FALSE(data.headers.has("Set-Cookie"));
  RawResponse lab = ask(request_text("GET /lab"));
  EXPECT_TRUE(lab.headers.get("Content-Security-Policy").starts_with(page_policy));
  EXPECT_TRUE(lab.headers.get("Set-Cookie").starts_with("_xsrf="));
  EXPECT_EQ(lab.headers.get("Set-Cookie").find("HttpOnly"), std::string::npos);
  RawResponse missing = ask(request_text("GET /nothing"));
  EXPECT_EQ(missing.status, 404u);
  for (const RawResponse* response : {&data, &lab, &missing}) {
    EXPECT_EQ(response->headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(response->headers.get("Referrer-Policy"), "same-origin");
    EXPECT_EQ(response->headers.get("Cache-Control"), "no-store");
    EXPECT_NE(response->headers.get("Content-Security-Policy").find("frame-ancestors 'self'"),
              std::string::npos);
  }
}

TEST_F(ServerTest, MethodsAndSlashes) {
  add(Method::get, "/api/x", Access::anyone, says("x"));
  add(Method::put, "/api/x", Access::api, says("put"));
  start();
  RawResponse wrong = ask(request_text("DELETE /api/x", with_token));
  EXPECT_EQ(wrong.status, 405u);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, HEAD, PUT, OPTIONS");
  RawResponse head = ask(request_text("HEAD /api/x"), true);
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.headers.get("Content-Length"), "1");
  RawResponse slash = ask(request_text("GET /api/x/?a=1"));
  EXPECT_EQ(slash.status, 302u);
  EXPECT_EQ(slash.headers.get("Location"), "/api/x?a=1");
  EXPECT_EQ(ask(request_text("BREW /api/x")).status, 501u);
  EXPECT_EQ(ask(request_text("GET /../x")).status, 400u);
  EXPECT_EQ(ask(request_text("GET //x")).status, 404u);
  RawResponse asked = ask(request_text("OPTIONS /api/x"));
  EXPECT_EQ(asked.status, 200u);
  EXPECT_EQ(asked.headers.get("Access-Control-Allow-Headers"),
            "accept, content-type, authorization, x-xsrftoken");
}

TEST_F(ServerTest, BodiesAreBoundedByTheirRoute) {
  add(Method::post, "/echo", Access::api, echo(), 10);
  start();
  EXPECT_EQ(ask(request_text("POST /echo", with_token, "0123456789")).body, "0123456789");
  RawClient client(port);
  RawResponse refused = client.ask(request_text("POST /echo", with_token, "0123456789a"));
  EXPECT_EQ(refused.status, 413u);
  EXPECT_TRUE(client.has_ended());
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" +
                        with_token + "\r\n";
  EXPECT_EQ(ask(chunked + "5\r\nhello\r\n0\r\n\r\n").body, "hello");
  EXPECT_EQ(ask(chunked + "b\r\nhello hello\r\n0\r\n\r\n").status, 413u);
  EXPECT_EQ(ask(chunked + "zz\r\n").status, 400u);
}

TEST_F(ServerTest, ASmuggledSecondRequestIsNeverAnswered) {
  add(Method::post, "/echo", Access::api, echo());
  add(Method::get, "/secret", Access::anyone, says("secret"));
  start();
  for (std::string fields : {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                             "Content-Length: 0\r\nContent-Length: 4\r\n"}) {
    RawClient client(port);
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n" + with_token + fields +
                "\r\n0\r\n\r\nGET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::string everything = client.rest();
    EXPECT_TRUE(everything.starts_with("HTTP/1.1 400 ")) << everything;
    EXPECT_EQ(everything.find("secret"), std::string::npos);
  }
  // Refused before its body was read: the body is not taken for a request.
  RawClient client(port);
  client.send(request_text("POST /echo", {}, request_text("GET /secret")));
  std::string everything = client.rest();
  EXPECT_TRUE(everything.starts_with("HTTP/1.1 403 ")) << everything;
  EXPECT_EQ(everything.find("secret"), std::string::npos);
}

TEST_F(ServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  add(Method::post, "/echo", Access::api, echo());
  start();
  RawClient client(port);
  client.send(
      request_text("POST /echo", with_token + "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client.response()->status, 100u);
  EXPECT_EQ(client.ask("hello").body, "hello");
}

TEST_F(ServerTest, LongTextsAreCompressed) {
  std::string words;
  while (words.size() < 100'000) words += "the same words again and again; ";
  add(Method::get, "/long", Access::anyone, says(words));
  add(Method::get, "/short", Access::anyone, says("short"));
  add(Method::get, "/image", Access::anyone,
      [&](Request) -> io::Task<Response> { co_return bytes(200, "image/png", words); });
  start();
  const std::string takes = "Accept-Encoding: gzip\r\n";
  RawResponse packed = ask(request_text("GET /long", takes));
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(unpacked(packed.body), words);
  EXPECT_EQ(ask(request_text("GET /long")).body, words);
  EXPECT_FALSE(ask(request_text("GET /short", takes)).headers.has("Content-Encoding"));
  EXPECT_FALSE(ask(request_text("GET /image", takes)).headers.has("Content-Encoding"));
}

TEST_F(ServerTest, AHandlerThatThrowsIsAnAnswer) {
  add(Method::get, "/throws", Access::anyone, [](Request) -> io::Task<Response> {
    throw std::runtime_error("private words");
    co_return empty();
  });
  start();
  RawResponse response = ask(request_text("GET /throws"));
  EXPECT_EQ(response.status, 500u);
  EXPECT_EQ(response.body, R"({"message":"Unhandled error","reason":null})");
}

TEST_F(ServerTest, ASlowHeadHoldsNobodyUpAndEnds) {
  add(Method::get, "/a", Access::anyone, says("a"));
  options.limits.head_time = milliseconds(300);
  options.limits.idle_time = milliseconds(600);
  start();
  RawClient slow(port);
  slow.send("GET /a HTTP/1.1\r\nHost: loc");
  RawClient idle(port);
  EXPECT_EQ(ask(request_text("GET /a")).body, "a");
  EXPECT_EQ(slow.response()->status, 408u);
  EXPECT_TRUE(slow.has_ended());
  EXPECT_TRUE(idle.has_ended());
}

TEST_F(ServerTest, ASlowBodyEnds) {
  add(Method::post, "/echo", Access::api, echo());
  options.limits.reading = io::Pace{.window = milliseconds(300), .bytes_min = 1000};
  start();
  RawClient client(port);
  client.send(request_text("POST /echo", with_token + "Content-Length: 100000\r\n"));
  client.send("a few");
  EXPECT_EQ(client.response()->status, 408u);
  EXPECT_TRUE(client.has_ended());
}

TEST_F(ServerTest, ASlowReaderEndsAndHoldsNobodyUp) {
  std::promise<void> done;
  add(Method::get, "/much", Access::anyone,
      [](Request) -> io::Task<Response> { co_return text(200, std::string(64u << 20, 'x')); });
  add(Method::get, "/a", Access::anyone, says("a"));
  options.limits.writing = io::Pace{.window = milliseconds(300), .bytes_min = 1u << 20};
  options.answered = [&](const Answered& answered) {
    if (answered.path == "/much") done.set_value();
  };
  start();
  RawClient slow(port, 4096);
  slow.send(request_text("GET /much"));
  EXPECT_EQ(ask(request_text("GET /a")).body, "a");
  ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_LT(slow.rest().size(), 64u << 20);
}

TEST_F(ServerTest, OneConnectionTooManyIsToldSo) {
  add(Method::get, "/a", Access::anyone, says("a"));
  options.limits.connections_max = 3;
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    EXPECT_EQ(clients.back()->ask(request_text("GET /a")).status, 200u);
  }
  RawClient extra(port);
  extra.send(request_text("GET /a"));
  EXPECT_EQ(extra.response()->status, 503u);
  extra.end_writing();
  EXPECT_TRUE(extra.has_ended());
  EXPECT_EQ(clients[0]->ask(request_text("GET /a")).status, 200u);
}

TEST_F(ServerTest, TwoHundredIdleConnections) {
  add(Method::get, "/a", Access::anyone, says("a"));
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    EXPECT_EQ(clients.back()->ask(request_text("GET /a")).body, "a");
  }
  for (auto& client : clients) EXPECT_EQ(client->ask(request_text("GET /a")).body, "a");
  stop();
  for (auto& client : clients) EXPECT_TRUE(client->has_ended());
}

TEST_F(ServerTest, StopCancelsHandlersAndWaitsForThem) {
  std::promise<void> entered;
  std::promise<bool> left;
  add(Method::get, "/wait", Access::anyone, waits(loop, entered, left));
  start();
  RawClient client(port);
  client.send(request_text("GET /wait"));
  ASSERT_EQ(entered.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  stop();
  std::future<bool> ended = left.get_future();
  ASSERT_EQ(ended.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_TRUE(ended.get());
  EXPECT_TRUE(client.has_ended());
}

TEST_F(ServerTest, TooMuchUploadedAtOnceIsRefused) {
  add(Method::post, "/echo", Access::api, echo());
  options.limits.bodies_bytes_max = 1000;
  start();
  RawClient first(port);
  first.send(
      request_text("POST /echo", with_token + "Expect: 100-continue\r\nContent-Length: 900\r\n"));
  EXPECT_EQ(first.response()->status, 100u);
  EXPECT_EQ(ask(request_text("POST /echo", with_token, std::string(101, 'a'))).status, 503u);
  EXPECT_EQ(first.ask(std::string(900, 'b')).status, 200u);
  EXPECT_EQ(ask(request_text("POST /echo", with_token, std::string(101, 'a'))).status, 200u);
}

struct BaseUrlTest : ServerTest {
  BaseUrlTest() : ServerTest("/a%40b/") {}
};

TEST_F(BaseUrlTest, EverythingLivesBelowIt) {
  add(Method::get, "/api", Access::anyone,
      [](Request request) -> io::Task<Response> { co_return text(200, request.path); });
  add(Method::get, "/lab", Access::page, says("lab"));
  start();
  EXPECT_EQ(ask(request_text("GET /a%40b/api")).body, "/api");
  EXPECT_EQ(ask(request_text("GET /a@b/api")).body, "/api");
  EXPECT_EQ(ask(request_text("GET /api")).status, 404u);
  EXPECT_EQ(ask(request_text("GET /a%40b")).headers.get("Location"), "/a%40b/");
  RawResponse unknown = ask(request_text("GET /a%40b/lab?x=1"));
  EXPECT_EQ(unknown.status, 302u);
  EXPECT_EQ(unknown.headers.get("Location"), "/a%40b/login?next=/a%2540b/lab%3Fx%3D1");
}

}  // namespace
}  // namespace cloister::http
