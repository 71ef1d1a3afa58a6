// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/web_socket.hpp"

#include "cloister/http/errors.hpp"
#include "cloister/http/web_socket_frame.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/task_group.hpp"

#include "test_server.hpp"

#include <future>

namespace cloister::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string upgrade =
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

struct Frame {
  bool final = true;
  unsigned opcode = 0;
  std::string payload;
};

// A client that lays masks itself, so that it can also do it wrongly.
class SocketClient : public RawClient {
 public:
  explicit SocketClient(std::uint16_t port, std::string fields = {}, int receive_buffer_bytes = 0)
      : RawClient(port, receive_buffer_bytes),
        opened(ask(request_text("GET /ws", with_token + upgrade + fields))) {}

  void send_frame(unsigned first, std::string_view payload) {
    std::string frame(1, static_cast<char>(first));
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else if (payload.size() < 65536) {
      frame += static_cast<char>(0x80 | 126);
      for (int shift : {8, 0}) frame += static_cast<char>(payload.size() >> shift);
    } else {
      frame += static_cast<char>(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8)
        frame += static_cast<char>(payload.size() >> shift);
    }
    const std::string mask = "\x12\x34\x56\x78";
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i)
      frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    send(frame);
  }

  Frame frame() {
    std::string head = take(2);
    if (head.size() < 2) return {.final = false, .opcode = 99, .payload = "the end"};
    auto byte = [](char c) { return static_cast<unsigned char>(c); };
    std::size_t length = byte(head[1]) & 0x7f;
    EXPECT_EQ(byte(head[1]) & 0x80, 0);  // a server does not mask
    std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (more > 0) length = 0;
    for (char c : take(more)) length = length << 8 | byte(c);
    return {.final = (byte(head[0]) & 0x80) != 0,
            .opcode = byte(head[0]) & 0x0fu,
            .payload = take(length)};
  }

  // The code of the close frame that comes next, after data and pings.
  unsigned close_code() {
    for (;;) {
      Frame next = frame();
      if (next.opcode == 99) return 0;
      if (next.opcode != 8) continue;
      if (next.payload.size() < 2) return 1005;
      return static_cast<unsigned char>(next.payload[0]) * 256u +
             static_cast<unsigned char>(next.payload[1]);
    }
  }

  RawResponse opened;
};

struct WebSocketTest : ServerTest {
  WebSocketRoute route{.pattern = "/ws",
                       .access = Access::api,
                       .handler = [](Request, WebSocket& socket) -> io::Task<> {
                         for (;;) {
                           base::Result<Message> message = co_await socket.receive();
                           if (!message) co_return;
                           base::Outcome sent = co_await socket.send(*std::move(message));
                           if (!sent) co_return;
                         }
                       }};
  void open() {
    router.add(route);
    start();
  }
};

TEST_F(WebSocketTest, HandshakesAndEchoes) {
  route.subprotocols = {"v1.kernel.websocket.jupyter.org", "other"};
  open();
  SocketClient client(port,
                      "Sec-WebSocket-Protocol: x, other, v1.kernel.websocket.jupyter.org\r\n");
  EXPECT_EQ(client.opened.status, 101u);
  EXPECT_EQ(client.opened.headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.opened.headers.get("Sec-WebSocket-Protocol"), "other");
  EXPECT_FALSE(client.opened.headers.has("Sec-WebSocket-Extensions"));
  for (std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 500'000u}) {
    std::string payload(size, 'a');
    client.send_frame(0x82, payload);
    Frame back = client.frame();
    EXPECT_EQ(back.opcode, 2u);
    EXPECT_TRUE(back.final);
    EXPECT_EQ(back.payload, payload);
  }
  client.send_frame(0x81, "tëxt");
  Frame text = client.frame();
  EXPECT_EQ(text.opcode, 1u);
  EXPECT_EQ(text.payload, "tëxt");
  client.send_frame(0x88, "\x03\xe8");
  EXPECT_EQ(client.close_code(), 1000u);
  EXPECT_TRUE(client.has_ended());
}

TEST_F(WebSocketTest, BadHandshakesAreRefused) {
  open();
  const std::string base = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  auto asked = [&](std::string fields) {
    return ask(request_text("GET /ws", with_token + base + fields));
  };
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  RawResponse old = asked(key + "Sec-WebSocket-Version: 8\r\n");
  EXPECT_EQ(old.status, 426u);
  EXPECT_EQ(old.headers.get("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(asked("Sec-WebSocket-Version: 13\r\n").status, 400u);
  EXPECT_EQ(asked("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n").status, 400u);
}

TEST_F(WebSocketTest, TheCheckAnswersBeforeTheUpgrade) {
  route.check = [](const Request&) -> io::Task<std::optional<Response>> {
    co_return error(404, "Kernel does not exist: x");
  };
  open();
  SocketClient client(port);
  EXPECT_EQ(client.opened.status, 404u);
  EXPECT_EQ(client.opened.body, R"({"message":"Kernel does not exist: x","reason":null})");
}

TEST_F(WebSocketTest, FragmentsWithPingsBetweenThem) {
  open();
  SocketClient client(port);
  client.send_frame(0x01, "frag\xe2\x82");  // a character in two pieces
  client.send_frame(0x89, "ping");
  client.send_frame(0x00, "\xac");
  client.send_frame(0x80, "ments");
  Frame pong = client.frame();
  EXPECT_EQ(pong.opcode, 10u);
  EXPECT_EQ(pong.payload, "ping");
  EXPECT_EQ(client.frame().payload, "frag\xe2\x82\xacments");
}

TEST_F(WebSocketTest, LargeMessagesGoOutInFragments) {
  route.options.fragment_bytes = 1000;
  open();
  SocketClient client(port);
  std::string payload(2500, 'b');
  client.send_frame(0x82, payload);
  Frame first = client.frame();
  Frame second = client.frame();
  Frame third = client.frame();
  EXPECT_EQ(first.opcode, 2u);
  EXPECT_FALSE(first.final);
  EXPECT_EQ(second.opcode, 0u);
  EXPECT_FALSE(second.final);
  EXPECT_EQ(third.opcode, 0u);
  EXPECT_TRUE(third.final);
  EXPECT_EQ(first.payload + second.payload + third.payload, payload);
}

TEST_F(WebSocketTest, BrokenRulesAreNamed) {
  route.options.message_bytes_max = 1000;
  open();
  struct Case {
    const char* name;
    std::vector<std::pair<unsigned, std::string>> frames;
    unsigned code;
  };
  const Case cases[] = {
      {"invalid UTF-8", {{0x81, "ab\xff"}}, 1007},
      {"a surrogate", {{0x81, "\xed\xa0\x80"}}, 1007},
      {"invalid in a fragment", {{0x01, "ab"}, {0x00, "\xc0\xaf"}}, 1007},
      {"cut inside a character", {{0x81, "\xe2\x82"}}, 1007},
      {"oversize", {{0x82, std::string(1001, 'x')}}, 1009},
      {"oversize in fragments",
       {{0x02, std::string(600, 'x')}, {0x80, std::string(600, 'x')}},
       1009},
      {"reserved bit", {{0xc1, "x"}}, 1002},
      {"unknown opcode", {{0x83, "x"}}, 1002},
      {"fragmented ping", {{0x09, "x"}}, 1002},
      {"long ping", {{0x89, std::string(126, 'x')}}, 1002},
      {"continuation of nothing", {{0x80, "x"}}, 1002},
      {"a message inside another", {{0x01, "x"}, {0x81, "y"}}, 1002},
      {"bad close code", {{0x88, "\x03\xed"}}, 1002},
      {"half a close code", {{0x88, "\x03"}}, 1002},
      {"close reason not UTF-8", {{0x88, "\x03\xe8\xff"}}, 1002},
  };
  for (const Case& one : cases) {
    SocketClient client(port);
    for (const auto& [first, payload] : one.frames) client.send_frame(first, payload);
    EXPECT_EQ(client.close_code(), one.code) << one.name;
    EXPECT_TRUE(client.has_ended()) << one.name;
  }
  SocketClient unmasked(port);
  unmasked.send(std::string("\x81\x01x", 3));
  EXPECT_EQ(unmasked.close_code(), 1002u);
}

TEST_F(WebSocketTest, SilenceEndsTheConnection) {
  route.options.ping_every = milliseconds(50);
  route.options.silence_max = milliseconds(1500);
  std::promise<base::Error> ended;
  route.handler = [&](Request, WebSocket& socket) -> io::Task<> {
    base::Result<Message> message = co_await socket.receive();
    if (!message) ended.set_value(message.error());
  };
  open();
  SocketClient client(port);
  EXPECT_EQ(client.frame().opcode, 9u);
  EXPECT_EQ(client.frame().opcode, 9u);
  std::future<base::Error> error = ended.get_future();
  ASSERT_EQ(error.wait_for(seconds(20)), std::future_status::ready);
  EXPECT_TRUE(error.get().is(io::errors::timeout));
}

TEST_F(WebSocketTest, PongsKeepItAlive) {
  route.options.ping_every = milliseconds(20);
  route.options.silence_max = milliseconds(1500);
  open();
  SocketClient client(port);
  auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < milliseconds(2500)) {
    Frame ping = client.frame();
    ASSERT_EQ(ping.opcode, 9u);
    client.send_frame(0x8a, ping.payload);
  }
  client.send_frame(0x81, "still here");
  Frame next = client.frame();
  while (next.opcode == 9u) next = client.frame();
  EXPECT_EQ(next.payload, "still here");
}

TEST_F(WebSocketTest, ASenderCannotOutrunItsReader) {
  constexpr std::size_t message_bytes = 1u << 20;
  constexpr int count = 64;
  std::atomic<int> sent = 0;
  std::atomic<std::size_t> queued = 0;
  std::promise<void> done;
  route.handler = [&](Request, WebSocket& socket) -> io::Task<> {
    for (int i = 0; i < count; ++i) {
      Message message{.kind = MessageKind::binary, .bytes = base::Bytes(message_bytes)};
      base::Outcome outcome = co_await socket.send(std::move(message));
      if (!outcome) co_return;
      queued = std::max(queued.load(), socket.queued_bytes());
      ++sent;
    }
    done.set_value();
  };
  open();
  SocketClient client(port, {}, 4096);
  EXPECT_EQ(client.frame().payload.size(), message_bytes);
  // Nobody reads: the kernel's buffers fill, and then the sender stands still.
  std::future<void> finished = done.get_future();
  EXPECT_EQ(finished.wait_for(milliseconds(300)), std::future_status::timeout);
  EXPECT_LT(sent.load(), count);
  EXPECT_EQ(queued.load(), 0u);  // after a send nothing of it waits with us
  for (int i = 1; i < count; ++i) EXPECT_EQ(client.frame().payload.size(), message_bytes);
  EXPECT_EQ(finished.wait_for(seconds(20)), std::future_status::ready);
  EXPECT_EQ(client.close_code(), 1000u);
}

TEST_F(WebSocketTest, AReaderThatStopsIsDropped) {
  route.options.pace = io::Pace{.window = milliseconds(200), .bytes_min = 1u << 20};
  std::promise<base::Error> ended;
  route.handler = [&](Request, WebSocket& socket) -> io::Task<> {
    base::Bytes much(64u << 20);
    Message message{.kind = MessageKind::binary, .bytes = std::move(much)};
    base::Outcome sent = co_await socket.send(std::move(message));
    if (!sent) ended.set_value(sent.error());
    EXPECT_FALSE(socket.open());
    EXPECT_EQ(socket.queued_bytes(), 0u);
  };
  open();
  SocketClient client(port, {}, 4096);
  std::future<base::Error> error = ended.get_future();
  ASSERT_EQ(error.wait_for(seconds(20)), std::future_status::ready);
  EXPECT_TRUE(error.get().is(io::errors::timeout));
}

io::Task<> send_many(WebSocket& socket, char letter, int count) {
  for (int i = 0; i < count; ++i) {
    Message message{.kind = MessageKind::binary,
                    .bytes = base::Bytes(100'000, static_cast<std::byte>(letter))};
    base::Outcome sent = co_await socket.send(std::move(message));
    EXPECT_TRUE(sent.has_value());
  }
}

TEST_F(WebSocketTest, MessagesOfSeveralTasksStayWhole) {
  route.options.fragment_bytes = 30'000;
  route.handler = [&](Request, WebSocket& socket) -> io::Task<> {
    io::TaskGroup senders(loop);
    for (char letter : {'a', 'b', 'c'}) senders.spawn(send_many(socket, letter, 10));
    (void)co_await senders.wait(io::no_deadline);
    co_await senders.stop();
  };
  open();
  SocketClient client(port);
  for (int i = 0; i < 30; ++i) {
    std::string message;
    Frame piece;
    do {
      piece = client.frame();
      message += piece.payload;
    } while (!piece.final && piece.opcode != 99);
    EXPECT_EQ(message, std::string(100'000, message.empty() ? '?' : message[0]));
  }
  EXPECT_EQ(client.close_code(), 1000u);
}

TEST_F(WebSocketTest, AReceiveThatWasCancelledLosesNothing) {
  std::promise<void> cancelled;
  route.handler = [&](Request, WebSocket& socket) -> io::Task<> {
    base::Result<Message> early =
        co_await io::with_deadline(loop, socket.receive(), loop.deadline_in(milliseconds(150)));
    EXPECT_TRUE(!early && early.error().is(io::errors::timeout));
    cancelled.set_value();
    base::Result<Message> message = co_await socket.receive();
    if (message) (void)co_await socket.send(*std::move(message));
  };
  open();
  SocketClient client(port);
  client.send(std::string("\x81\x85\x00\x00\x00\x00he", 8));
  ASSERT_EQ(cancelled.get_future().wait_for(seconds(20)), std::future_status::ready);
  client.send("llo");
  EXPECT_EQ(client.frame().payload, "hello");
}

TEST_F(WebSocketTest, TheHandlerHearsHowItEnded) {
  std::promise<unsigned> code;
  route.handler = [&](Request, WebSocket& socket) -> io::Task<> {
    base::Result<Message> message = co_await socket.receive();
    EXPECT_TRUE(!message && message.error().is(errors::socket_closed));
    code.set_value(socket.close_code());
  };
  open();
  std::future<unsigned> heard = code.get_future();
  SocketClient client(port);
  client.send_frame(0x88,
                    "\x0f\xa0"
                    "bye");
  EXPECT_EQ(client.close_code(), 4000u);
  ASSERT_EQ(heard.wait_for(seconds(20)), std::future_status::ready);
  EXPECT_EQ(heard.get(), 4000u);
}

TEST_F(WebSocketTest, StoppingSaysGoodbye) {
  options.goodbye = CloseCode::restart;
  open();
  SocketClient client(port);
  client.send_frame(0x81, "hello");
  EXPECT_EQ(client.frame().payload, "hello");
  stop();
  EXPECT_EQ(client.close_code(), 1012u);
  EXPECT_TRUE(client.has_ended());
}

TEST_F(WebSocketTest, AHandlerThatThrowsClosesWith1011) {
  route.handler = [](Request, WebSocket&) -> io::Task<> {
    throw std::runtime_error("private words");
    co_return;
  };
  open();
  SocketClient client(port);
  EXPECT_EQ(client.close_code(), 1011u);
}

}  // namespace
}  // namespace cloister::http
