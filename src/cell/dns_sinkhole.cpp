// SPDX-License-Identifier: Apache-2.0
#include "dns_sinkhole.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace cloister::cell {
namespace {

constexpr std::uint32_t first_address = 0xc6120001;     // 198.18.0.1
constexpr std::uint32_t overflow_address = 0xc613ffff;  // 198.19.255.255, for names over the limit
constexpr std::size_t names_max = 4096;
constexpr int messages_per_turn = 32;
constexpr int stream_wait_ms = 50;

bool receive_exactly(int socket, std::span<std::byte> into) {
  while (!into.empty()) {
    pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
    if (poll(&wanted, 1, stream_wait_ms) <= 0) return false;
    ssize_t got = recv(socket, into.data(), into.size(), MSG_DONTWAIT);
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

void DnsSinkhole::serve_datagrams() {
  for (int i = 0; i < messages_per_turn; ++i) {
    std::array<std::byte, dns_message_bytes_max> bytes{};
    sockaddr_in from{};
    socklen_t from_size = sizeof from;
    ssize_t got = recvfrom(datagrams_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                           reinterpret_cast<sockaddr*>(&from), &from_size);
    if (got < 0) return;
    base::Bytes reply = answer({bytes.data(), static_cast<std::size_t>(got)});
    if (!reply.empty())
      sendto(datagrams_.number(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<sockaddr*>(&from), from_size);
  }
}

// One question per connection, read at once: programs that ask over TCP send it in one piece.
void DnsSinkhole::serve_stream() {
  io::Descriptor connection(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection.open()) return;
  std::array<std::byte, 2> size{};
  if (!receive_exactly(connection.number(), size)) return;
  base::Bytes message(base::load_big_endian<std::uint16_t>(size.data()));
  if (message.size() > dns_message_bytes_max || !receive_exactly(connection.number(), message))
    return;
  base::Bytes reply = answer(message);
  if (reply.empty()) return;
  base::store_big_endian(size.data(), static_cast<std::uint16_t>(reply.size()));
  reply.insert(reply.begin(), size.begin(), size.end());
  send(connection.number(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

base::Bytes DnsSinkhole::answer(base::ByteView message) {
  auto question = parse_dns_question(message);
  if (!question) return {};
  asked_(question->name);
  std::uint32_t ipv4 = question->type == dns_type_a ? address_for(question->name) : 0;
  return answer_dns_question(message, *question, ipv4);
}

std::uint32_t DnsSinkhole::address_for(const std::string& name) {
  if (auto known = addresses_.find(name); known != addresses_.end()) return known->second;
  if (names_.size() >= names_max) return overflow_address;
  auto address = static_cast<std::uint32_t>(first_address + names_.size());
  names_.push_back(name);
  addresses_.emplace(name, address);
  return address;
}

std::string DnsSinkhole::name_behind(std::uint32_t ipv4) const {
  if (ipv4 < first_address || ipv4 - first_address >= names_.size()) return {};
  return names_[ipv4 - first_address];
}

}  // namespace cloister::cell
