// SPDX-License-Identifier: Apache-2.0
// The few things that most probes do: connect, say the token, wait for the answer; read a file.
#pragma once

#include "probe.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <functional>
#include <string>

namespace cloister::probe {

inline constexpr int answer_wait_ms = 1500;

// Closes its descriptor.
class Socket {
 public:
  Socket(int family, int type, int protocol = 0);
  explicit Socket(int number) : number_(number) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int number() const { return number_; }
  bool made() const { return number_ >= 0; }

 private:
  int number_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
Address inet(const std::string& address, std::int64_t port);  // IPv4 or IPv6 literal
Address local_path(const std::string& path);
Address local_abstract(const std::string& name);

// Waits for the outside's answer "seen TOKEN" on a connected or unconnected socket.
Verdict expect_answer(int socket, const Fixtures& fixtures);
// Connects, sends the token, expects the answer.
Verdict say_to(const Address& address, int type, const Fixtures& fixtures, int protocol = 0);
// Sends one datagram without connecting, expects the answer.
Verdict datagram_to(const Address& address, const Fixtures& fixtures, int protocol = 0);

// Reads a file (at most 64 KiB): open when it holds a secret of the outside.
Verdict read_secret(const std::string& path);
Verdict read_secret_from(int descriptor);
std::string read_up_to(int descriptor, std::size_t size);
// Calls for each numeric folder of /proc until it returns true.
bool any_process(const std::function<bool(const std::string& folder)>& visit);

// Runs the attempt in a child and brings back its verdict.
Verdict in_child(const std::function<Verdict()>& attempt);

}  // namespace cloister::probe
