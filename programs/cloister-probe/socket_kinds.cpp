// SPDX-License-Identifier: Apache-2.0
// Other kinds of sockets than TCP and UDP: raw, packet, vsock, netlink, crypto … (N6 to N9).
#include "reach.hpp"

#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace cloister::probe {
namespace {

std::uint16_t checksum(const std::vector<unsigned char>& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// An echo request with the token as its data; the outside's own kernel answers it.
std::vector<unsigned char> echo_request(const Fixtures& fixtures) {
  std::string token = fixtures.text("token");
  if (token.size() % 2 != 0) token.push_back(' ');
  std::vector<unsigned char> bytes{ICMP_ECHO, 0, 0, 0, 0, 7, 0, 1};
  bytes.insert(bytes.end(), token.begin(), token.end());
  std::uint16_t sum = checksum(bytes);
  bytes[2] = static_cast<unsigned char>(sum >> 8);
  bytes[3] = static_cast<unsigned char>(sum & 0xff);
  return bytes;
}

Verdict ping(const Fixtures& fixtures, int type, int protocol) {
  Socket socket(AF_INET, type, protocol);
  if (!socket.made()) return blocked("socket");
  auto bytes = echo_request(fixtures);
  Address address = inet(fixtures.text("outside4"), 0);
  if (sendto(socket.number(), bytes.data(), bytes.size(), 0, address.get(), address.size) < 0)
    return blocked("sendto");
  pollfd wanted{.fd = socket.number(), .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, answer_wait_ms) != 1) return blocked("no answer", ETIMEDOUT);
  return open("the outside answered an echo request");
}

Verdict ping_datagram(const Fixtures& fixtures) {
  return ping(fixtures, SOCK_DGRAM, IPPROTO_ICMP);
}

Verdict ping_raw(const Fixtures& fixtures) {
  return ping(fixtures, SOCK_RAW, IPPROTO_ICMP);
}

// Any protocol number, with the header written by hand.
Verdict raw_datagram(const Fixtures& fixtures) {
  Socket socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (!socket.made()) return blocked("socket");
  auto payload = echo_request(fixtures);
  std::vector<unsigned char> packet(sizeof(iphdr));
  auto* header = reinterpret_cast<iphdr*>(packet.data());
  header->version = 4;
  header->ihl = 5;
  header->ttl = 8;
  header->protocol = IPPROTO_ICMP;
  Address address = inet(fixtures.text("outside4"), 0);
  header->daddr = reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr.s_addr;
  packet.insert(packet.end(), payload.begin(), payload.end());
  if (sendto(socket.number(), packet.data(), packet.size(), 0, address.get(), address.size) < 0)
    return blocked("sendto");
  return open("a packet with a header of its own was sent");
}

// Puts a frame on the interface, past the routing table.
Verdict packet(const Fixtures& fixtures) {
  Socket socket(AF_PACKET, SOCK_DGRAM, 0);
  if (!socket.made()) return blocked("socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = 1;
  address.sll_halen = 6;
  std::string token = fixtures.text("token");
  if (sendto(socket.number(), token.data(), token.size(), 0,
             reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return blocked("sendto");
  return open("a frame was put on an interface");
}

Verdict tunnel_device(const Fixtures&) {
  int device = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (device < 0) return blocked("open /dev/net/tun");
  ifreq request{};
  std::strcpy(request.ifr_name, "probe%d");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  int made = ioctl(device, TUNSETIFF, &request);
  Verdict verdict = made == 0 ? open("a tunnel interface was made") : blocked("TUNSETIFF");
  ::close(device);
  return verdict;
}

// Not in a network namespace on this kernel: what listens here can be reached from the host.
Verdict vsock(const Fixtures&) {
  Socket socket(AF_VSOCK, SOCK_STREAM);
  if (!socket.made()) return blocked("socket");
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = VMADDR_CID_ANY;
  address.svm_port = VMADDR_PORT_ANY;
  if (bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return blocked("bind");
  if (listen(socket.number(), 1) != 0) return blocked("listen");
  return open("listening where the host can reach it");
}

Verdict family(int number, int type, int protocol) {
  Socket socket(number, type, protocol);
  return socket.made() ? open("a socket of this family was made") : blocked("socket");
}

// Made and bound: the kernel answers on it.
Verdict netlink(int protocol) {
  Socket socket(AF_NETLINK, SOCK_RAW, protocol);
  if (!socket.made()) return blocked("socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return blocked("bind");
  return open("the kernel's netlink protocol can be spoken");
}

Verdict multipath(const Fixtures& fixtures) {
  constexpr int multipath_tcp = 262;
  return say_to(inet(fixtures.text("outside4"), fixtures.number("tcp_port")), SOCK_STREAM, fixtures,
                multipath_tcp);
}

Verdict udp_lite(const Fixtures& fixtures) {
  return datagram_to(inet(fixtures.text("outside4"), fixtures.number("udp_port")), fixtures,
                     IPPROTO_UDPLITE);
}

constexpr Probe probes[] = {
    {"N6-icmp-datagram", "ICMP echo by a datagram socket", ping_datagram, optional},
    {"N6-icmp-raw", "ICMP echo by a raw socket", ping_raw, privileged},
    {"N6-raw", "A raw packet with a header of its own", raw_datagram, privileged},
    {"N7-packet", "A frame by a packet socket", packet, privileged},
    {"N7-tunnel-device", "An interface of one's own by /dev/net/tun", tunnel_device,
     privileged | optional},
    {"N8-vsock", "A vsock that the host can reach", vsock, optional},
    {"N9-crypto", "The kernel's crypto sockets (AF_ALG)",
     [](const Fixtures&) { return family(AF_ALG, SOCK_SEQPACKET, 0); }, optional},
    {"N9-bluetooth", "Bluetooth",
     [](const Fixtures&) { return family(AF_BLUETOOTH, SOCK_SEQPACKET, 0); }, optional},
    {"N9-tipc", "TIPC", [](const Fixtures&) { return family(AF_TIPC, SOCK_RDM, 0); }, optional},
    {"N9-can", "CAN", [](const Fixtures&) { return family(AF_CAN, SOCK_RAW, 1); }, optional},
    {"N9-xdp", "XDP sockets", [](const Fixtures&) { return family(AF_XDP, SOCK_RAW, 0); },
     privileged | optional},
    {"N9-sctp", "SCTP", [](const Fixtures&) { return family(AF_INET, SOCK_STREAM, IPPROTO_SCTP); },
     optional},
    {"N9-multipath-tcp", "TCP over several paths (MPTCP)", multipath, optional},
    {"N9-udp-lite", "UDP-Lite", udp_lite, optional},
    {"N9-netfilter", "Netlink to the packet filter",
     [](const Fixtures&) { return netlink(NETLINK_NETFILTER); }, optional},
    {"N9-socket-diagnosis", "Netlink to the list of all sockets",
     [](const Fixtures&) { return netlink(NETLINK_SOCK_DIAG); }, optional},
    {"N9-device-events", "Netlink to the kernel's device events",
     [](const Fixtures&) { return netlink(NETLINK_KOBJECT_UEVENT); }, optional},
    {"N9-generic", "Generic netlink", [](const Fixtures&) { return netlink(NETLINK_GENERIC); },
     optional},
};

}  // namespace

Family socket_kind_family() {
  return {"socket-kinds", probes};
}

}  // namespace cloister::probe
