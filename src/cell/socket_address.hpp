// SPDX-License-Identifier: Apache-2.0
// Socket addresses as foreign code passes them: bytes that may be anything.
#pragma once

#include "cloister/base/bytes.hpp"

#include <cstdint>
#include <string>

namespace cloister::cell {

enum class Reach {
  own,        // stays in the cell: its loopback, its Unix sockets, netlink, "disconnect"
  outside,    // anything else
  malformed,  // too short for what it says to be
};

struct SocketAddress {
  Reach reach = Reach::malformed;
  std::string family;
  std::string address;  // "" unless inet or inet6
  std::int64_t port = 0;
  std::uint32_t ipv4 = 0;  // for inet and for IPv4 inside IPv6, in the machine's order
};

// "inet", "inet6", "netlink", "vsock", …, or "family 77".
std::string family_name(std::uint64_t family);

// `sends` is true for sendto, sendmsg and sendmmsg, where the kernel reads AF_UNSPEC as AF_INET;
// for connect it means "disconnect".
SocketAddress read_address(base::ByteView bytes, bool sends);

}  // namespace cloister::cell
