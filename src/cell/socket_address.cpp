// SPDX-License-Identifier: Apache-2.0
#include "socket_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace cloister::cell {
namespace {

// SIN6_LEN_RFC2133: the kernel takes an IPv6 address without its scope.
constexpr std::size_t inet6_bytes_min = 24;

bool is_own(std::uint32_t ipv4) {
  return ipv4 >> 24 == 127 || ipv4 == INADDR_ANY;
}

SocketAddress of_family(std::string family, Reach reach = Reach::malformed) {
  SocketAddress address;
  address.family = std::move(family);
  address.reach = reach;
  return address;
}

SocketAddress read_inet(base::ByteView bytes) {
  SocketAddress read = of_family("inet");
  sockaddr_in address{};
  if (bytes.size() < sizeof address) return read;
  std::memcpy(&address, bytes.data(), sizeof address);
  read.ipv4 = ntohl(address.sin_addr.s_addr);
  read.port = ntohs(address.sin_port);
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  read.address = text.data();
  read.reach = is_own(read.ipv4) ? Reach::own : Reach::outside;
  return read;
}

SocketAddress read_inet6(base::ByteView bytes) {
  SocketAddress read = of_family("inet6");
  if (bytes.size() < inet6_bytes_min) return read;
  sockaddr_in6 address{};
  std::memcpy(&address, bytes.data(), std::min(bytes.size(), sizeof address));
  read.port = ntohs(address.sin6_port);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
  read.address = text.data();
  bool own =
      IN6_IS_ADDR_LOOPBACK(&address.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&address.sin6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    read.ipv4 = base::load_big_endian<std::uint32_t>(
        reinterpret_cast<const std::byte*>(&address.sin6_addr) + 12);
    own = is_own(read.ipv4);
  }
  read.reach = own ? Reach::own : Reach::outside;
  return read;
}

}  // namespace

std::string family_name(std::uint64_t family) {
  struct Name {
    int family;
    const char* name;
  };
  constexpr std::array names = std::to_array<Name>({{AF_UNSPEC, "unspecified"},
                                                    {AF_UNIX, "unix"},
                                                    {AF_INET, "inet"},
                                                    {AF_INET6, "inet6"},
                                                    {AF_NETLINK, "netlink"},
                                                    {AF_PACKET, "packet"},
                                                    {AF_VSOCK, "vsock"},
                                                    {AF_ALG, "alg"},
                                                    {AF_BLUETOOTH, "bluetooth"},
                                                    {AF_TIPC, "tipc"},
                                                    {AF_CAN, "can"},
                                                    {AF_XDP, "xdp"},
                                                    {AF_KEY, "key"},
                                                    {AF_RDS, "rds"},
                                                    {AF_PPPOX, "pppox"},
                                                    {AF_NFC, "nfc"},
                                                    {AF_KCM, "kcm"},
                                                    {AF_QIPCRTR, "qipcrtr"},
                                                    {AF_SMC, "smc"},
                                                    {AF_AX25, "ax25"},
                                                    {AF_IPX, "ipx"},
                                                    {AF_X25, "x25"},
                                                    {AF_IUCV, "iucv"},
                                                    {AF_RXRPC, "rxrpc"},
                                                    {AF_PHONET, "phonet"},
                                                    {AF_IEEE802154, "ieee802154"},
                                                    {AF_LLC, "llc"},
                                                    {AF_ISDN, "isdn"},
                                                    {AF_ATMPVC, "atmpvc"},
                                                    {AF_ATMSVC, "atmsvc"},
                                                    {AF_APPLETALK, "appletalk"},
                                                    {AF_NETROM, "netrom"},
                                                    {AF_ROSE, "rose"}});
  for (const Name& name : names)
    if (static_cast<std::uint64_t>(name.family) == family) return name.name;
  return fmt::format("family {}", family);
}

SocketAddress read_address(base::ByteView bytes, bool sends) {
  sa_family_t family = 0;
  if (bytes.size() < sizeof family) return {};
  std::memcpy(&family, bytes.data(), sizeof family);
  switch (family) {
    case AF_UNIX:
    case AF_NETLINK:
      return of_family(family_name(family), Reach::own);
    case AF_UNSPEC:
      if (!sends) return of_family(family_name(family), Reach::own);
      return read_inet(bytes);
    case AF_INET:
      return read_inet(bytes);
    case AF_INET6:
      return read_inet6(bytes);
    default:
      return of_family(family_name(family), Reach::outside);
  }
}

}  // namespace cloister::cell
