// SPDX-License-Identifier: Apache-2.0
// The services of the fake outside world: they answer every probe that reaches them, and remember
// that it did.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cloister::cell {

inline constexpr std::string_view outside_address4 = "203.0.113.80";  // RFC 5737
inline constexpr std::string_view outside_address6 = "2001:db8::80";  // RFC 3849
inline constexpr std::string_view outside_resolver = "203.0.113.53";
inline constexpr std::string_view outside_metadata = "169.254.169.254";
inline constexpr std::string_view outside_multicast = "239.255.0.80";
inline constexpr int outside_tcp_port = 443;
inline constexpr int outside_udp_port = 4433;
inline constexpr int outside_loopback_port = 8888;

// One thread answers: "seen " and what came, or a name server's answer (203.0.113.80 for every
// name) to what looks like a question on port 53.
class OutsideListeners {
 public:
  OutsideListeners() = default;
  ~OutsideListeners();
  OutsideListeners(const OutsideListeners&) = delete;
  OutsideListeners& operator=(const OutsideListeners&) = delete;

  // Before start(). `type` is SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.
  base::Outcome listen_inet(std::string_view address, int port, int type, int protocol = 0);
  base::Outcome listen_abstract(const std::string& name, int type);
  base::Outcome listen_path(const std::string& path, int type, uid_t owner);
  base::Outcome join_multicast(std::string_view group, int port);
  base::Outcome start();

  // What arrived since the last call: "stream 203.0.113.80 port 443: 32 bytes". Any thread. All
  // that had reached a socket before the call is in it.
  std::vector<std::string> take_sightings();
  // Connections that are still open.
  std::size_t open_connections() const { return connections_open_; }

 private:
  struct Service {
    io::Descriptor socket;
    std::string name;
    int type = 0;
    bool names = false;       // answers questions for names
    bool connection = false;  // accepted, not listening
  };
  base::Outcome add(io::Descriptor socket, std::string name, int type, bool names);
  base::Outcome bind_and_add(const sockaddr* address, socklen_t size, int type, std::string name,
                             int protocol = 0, bool names = false);
  void run();
  void order();
  void serve(int number);
  void accept_one(const Service& service);
  void see(const Service& service, std::string_view bytes);

  io::Descriptor events_;            // epoll
  io::Descriptor orders_;            // eventfd: look at settle_wanted_ and stopping_
  std::map<int, Service> services_;  // only the thread's after start()
  std::mutex mutex_;                 // guards the next four
  std::vector<std::string> sightings_;
  std::uint64_t settle_wanted_ = 0;
  std::uint64_t settled_ = 0;
  bool stopping_ = false;
  std::condition_variable settled_changed_;
  std::atomic<std::size_t> connections_open_ = 0;
  std::thread thread_;
};

}  // namespace cloister::cell
