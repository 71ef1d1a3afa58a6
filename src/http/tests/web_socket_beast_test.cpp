// SPDX-License-Identifier: Apache-2.0
// Another implementation's client, Beast's, speaks with our server.
#include "test_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace cloister::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

struct BeastClientTest : ServerTest {
  asio::io_context context;
  websocket::stream<asio::ip::tcp::socket> client{context};

  void open() {
    router.add(WebSocketRoute{.pattern = "/ws",
                              .access = Access::anyone,
                              .handler = [](Request, WebSocket& socket) -> io::Task<> {
                                for (;;) {
                                  base::Result<Message> message = co_await socket.receive();
                                  if (!message) co_return;
                                  (void)co_await socket.send(*std::move(message));
                                }
                              }});
    start();
    client.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    client.handshake("localhost:" + std::to_string(port), "/ws");
  }
  std::string echoed(const std::string& message) {
    client.write(asio::buffer(message));
    beast::flat_buffer buffer;
    client.read(buffer);
    return beast::buffers_to_string(buffer.data());
  }
};

TEST_F(BeastClientTest, MessagesOfAllSizesAndTheGoodbye) {
  open();
  client.write_buffer_bytes(4096);
  client.read_message_max(0);
  for (std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 3'000'000u}) {
    std::string message;
    while (message.size() < size) message += static_cast<char>('a' + message.size() % 26);
    client.text(size % 2 == 0);
    EXPECT_EQ(echoed(message), message) << size;
    EXPECT_EQ(client.got_text(), size % 2 == 0);
  }
  client.auto_fragment(false);
  EXPECT_EQ(echoed(std::string(100'000, 'x')), std::string(100'000, 'x'));
  bool ponged = false;
  client.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    ponged = ponged || (kind == websocket::frame_type::pong && payload == "are you there");
  });
  client.ping("are you there");
  EXPECT_EQ(echoed("after the ping"), "after the ping");
  EXPECT_TRUE(ponged);
  client.close(websocket::close_code::normal);
  EXPECT_EQ(client.reason().code, websocket::close_code::normal);
}

}  // namespace
}  // namespace cloister::http
