// SPDX-License-Identifier: Apache-2.0
// A client that sends exactly the bytes it is given: the tests' end of a connection.
#pragma once

#include "cloister/http/headers.hpp"
#include "cloister/io/descriptor.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cloister::http {

struct RawResponse {
  unsigned status = 0;
  Headers headers;
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer_bytes > 0)
      setsockopt(socket_.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // False at the end of the stream, or when nothing comes for long.
  bool receive_some() {
    pollfd wait{.fd = socket_.number(), .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, 20'000) != 1) {
      ADD_FAILURE() << "the server says nothing";
      return false;
    }
    char piece[16384];
    ssize_t got = recv(socket_.number(), piece, sizeof piece, 0);
    if (got <= 0) return false;
    arrived_.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  std::string take(std::size_t count) {
    while (arrived_.size() < count && receive_some()) {
    }
    std::string taken = arrived_.substr(0, count);
    arrived_.erase(0, count);
    return taken;
  }

  // Everything until the server closes.
  std::string rest() {
    while (receive_some()) {
    }
    return std::exchange(arrived_, {});
  }

  bool has_ended() { return rest().empty(); }

  std::optional<RawResponse> response(bool without_body = false) {
    std::size_t end = std::string::npos;
    while ((end = arrived_.find("\r\n\r\n")) == std::string::npos)
      if (!receive_some()) return std::nullopt;
    std::string head = take(end + 4);
    RawResponse response;
    response.status = static_cast<unsigned>(std::stoi(head.substr(9, 3)));
    for (std::size_t line = head.find("\r\n") + 2; line + 2 < head.size();) {
      std::size_t next = head.find("\r\n", line);
      std::string field = head.substr(line, next - line);
      std::size_t colon = field.find(':');
      response.headers.add(field.substr(0, colon), std::string(trimmed(field.substr(colon + 1))));
      line = next + 2;
    }
    std::string length(response.headers.get("Content-Length"));
    if (!without_body && !length.empty()) response.body = take(std::stoul(length));
    return response;
  }

  RawResponse ask(std::string_view request, bool without_body = false) {
    send(request);
    std::optional<RawResponse> got = response(without_body);
    return got ? *std::move(got) : RawResponse{};
  }

  int number() const { return socket_.number(); }
  void end_writing() { ::shutdown(socket_.number(), SHUT_WR); }

 private:
  io::Descriptor socket_;
  std::string arrived_;
};

// "GET /path HTTP/1.1" with a Host and the given further lines.
inline std::string request_text(std::string_view line, std::string_view fields = {},
                                std::string_view body = {}) {
  std::string text(line);
  text += " HTTP/1.1\r\nHost: localhost:8888\r\n";
  text += fields;
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return text;
}

}  // namespace cloister::http
