// SPDX-License-Identifier: Apache-2.0
// Addresses beyond the machine: TCP, UDP, the resolver, the cloud's metadata (N1, N3, N5, N11,
// N14).
#include "reach.hpp"

#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

namespace cloister::probe {
namespace {

Verdict tcp4(const Fixtures& fixtures) {
  return say_to(inet(fixtures.text("outside4"), fixtures.number("tcp_port")), SOCK_STREAM,
                fixtures);
}

Verdict tcp6(const Fixtures& fixtures) {
  return say_to(inet(fixtures.text("outside6"), fixtures.number("tcp_port")), SOCK_STREAM,
                fixtures);
}

// The data travel with the first packet: no call of connect().
Verdict tcp_fast_open(const Fixtures& fixtures) {
  Socket socket(AF_INET, SOCK_STREAM);
  if (!socket.made()) return blocked("socket");
  Address address = inet(fixtures.text("outside4"), fixtures.number("tcp_port"));
  std::string token = fixtures.text("token");
  if (sendto(socket.number(), token.data(), token.size(), MSG_FASTOPEN | MSG_NOSIGNAL,
             address.get(), address.size) < 0)
    return blocked("sendto");
  return expect_answer(socket.number(), fixtures);
}

// connect() only notes the address; the first write opens the connection.
Verdict tcp_fast_open_connect(const Fixtures& fixtures) {
  Socket socket(AF_INET, SOCK_STREAM);
  if (!socket.made()) return blocked("socket");
  int on = 1;
  setsockopt(socket.number(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
  Address address = inet(fixtures.text("outside4"), fixtures.number("tcp_port"));
  if (connect(socket.number(), address.get(), address.size) != 0) return blocked("connect");
  std::string token = fixtures.text("token");
  if (::write(socket.number(), token.data(), token.size()) < 0) return blocked("write");
  return expect_answer(socket.number(), fixtures);
}

Verdict udp_domain_port(const Fixtures& fixtures) {
  return datagram_to(inet(fixtures.text("outside4"), 53), fixtures);
}

Verdict udp4(const Fixtures& fixtures) {
  return datagram_to(inet(fixtures.text("outside4"), fixtures.number("udp_port")), fixtures);
}

Verdict udp6(const Fixtures& fixtures) {
  return datagram_to(inet(fixtures.text("outside6"), fixtures.number("udp_port")), fixtures);
}

Verdict udp_connected(const Fixtures& fixtures) {
  return say_to(inet(fixtures.text("outside4"), fixtures.number("udp_port")), SOCK_DGRAM, fixtures);
}

Verdict udp_message(const Fixtures& fixtures) {
  Socket socket(AF_INET, SOCK_DGRAM);
  if (!socket.made()) return blocked("socket");
  Address address = inet(fixtures.text("outside4"), fixtures.number("udp_port"));
  std::string token = fixtures.text("token");
  iovec part{.iov_base = token.data(), .iov_len = token.size()};
  msghdr message{};
  message.msg_name = &address.storage;
  message.msg_namelen = address.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (sendmsg(socket.number(), &message, 0) < 0) return blocked("sendmsg");
  return expect_answer(socket.number(), fixtures);
}

Verdict udp_multicast(const Fixtures& fixtures) {
  Socket socket(AF_INET, SOCK_DGRAM);
  if (!socket.made()) return blocked("socket");
  in_addr interface{.s_addr = htonl(INADDR_LOOPBACK)};
  if (setsockopt(socket.number(), IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) != 0)
    return blocked("IP_MULTICAST_IF");
  Address address = inet(fixtures.text("multicast"), fixtures.number("udp_port"));
  std::string token = fixtures.text("token");
  if (sendto(socket.number(), token.data(), token.size(), 0, address.get(), address.size) < 0)
    return blocked("sendto");
  return expect_answer(socket.number(), fixtures);
}

Verdict resolver_udp(const Fixtures& fixtures) {
  return datagram_to(inet(fixtures.text("resolver"), 53), fixtures);
}

Verdict resolver_tcp(const Fixtures& fixtures) {
  return say_to(inet(fixtures.text("resolver"), 53), SOCK_STREAM, fixtures);
}

Verdict resolver_stub(const Fixtures& fixtures) {
  return datagram_to(inet("127.0.0.53", 53), fixtures);
}

Verdict metadata(const Fixtures& fixtures) {
  return say_to(inet("169.254.169.254", 80), SOCK_STREAM, fixtures);
}

Verdict mapped(const Fixtures& fixtures) {
  return say_to(inet("::ffff:" + fixtures.text("outside4"), fixtures.number("tcp_port")),
                SOCK_STREAM, fixtures);
}

Verdict mapped_datagram(const Fixtures& fixtures) {
  return datagram_to(inet("::ffff:" + fixtures.text("outside4"), fixtures.number("udp_port")),
                     fixtures);
}

// An address whose family lies: connect() looks at the socket, a careless filter at the address.
Verdict lying_family(const Fixtures& fixtures) {
  Address address = inet(fixtures.text("outside4"), fixtures.number("udp_port"));
  address.storage.ss_family = AF_UNSPEC;  // sendto on a datagram socket takes it for AF_INET
  return [&] {
    Socket socket(AF_INET, SOCK_DGRAM);
    if (!socket.made()) return blocked("socket");
    std::string token = fixtures.text("token");
    if (sendto(socket.number(), token.data(), token.size(), 0, address.get(), address.size) < 0)
      return blocked("sendto");
    return expect_answer(socket.number(), fixtures);
  }();
}

constexpr Probe probes[] = {
    {"N1-tcp4", "TCP to an IPv4 address", tcp4},
    {"N1-tcp6", "TCP to an IPv6 address", tcp6, optional},
    {"N1-fast-open", "TCP fast open by sendto", tcp_fast_open, optional},
    {"N1-fast-open-connect", "TCP fast open by a late connect", tcp_fast_open_connect, optional},
    {"N3-udp53", "UDP to port 53 of an address outside", udp_domain_port},
    {"N3-udp4", "UDP to an IPv4 address", udp4},
    {"N3-udp6", "UDP to an IPv6 address", udp6, optional},
    {"N3-udp-connected", "UDP after connect", udp_connected},
    {"N3-udp-sendmsg", "UDP by sendmsg", udp_message},
    {"N3-multicast", "UDP to a multicast group", udp_multicast},
    {"N3-unspecified-family", "UDP with an address of unspecified family", lying_family},
    {"N5-resolver-udp", "The machine's resolver, by UDP", resolver_udp},
    {"N5-resolver-tcp", "The machine's resolver, by TCP", resolver_tcp},
    {"N5-resolver-stub", "A resolver on the machine's loopback", resolver_stub},
    {"N11-metadata", "The cloud's metadata address", metadata},
    {"N14-mapped-tcp", "TCP to an IPv4-mapped IPv6 address", mapped, optional},
    {"N14-mapped-udp", "UDP to an IPv4-mapped IPv6 address", mapped_datagram, optional},
};

}  // namespace

Family network_family() {
  return {"network", probes};
}

}  // namespace cloister::probe
