// SPDX-License-Identifier: Apache-2.0
// Services of the machine itself, and what a program finds lying ready for it (N10, N17).
#include "reach.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cloister::probe {
namespace {

Verdict loopback4(const Fixtures& fixtures) {
  return say_to(inet("127.0.0.1", fixtures.number("loopback_port")), SOCK_STREAM, fixtures);
}

Verdict loopback6(const Fixtures& fixtures) {
  return say_to(inet("::1", fixtures.number("loopback_port")), SOCK_STREAM, fixtures);
}

Verdict loopback_other(const Fixtures& fixtures) {
  return say_to(inet("127.9.8.7", fixtures.number("loopback_port")), SOCK_STREAM, fixtures);
}

Verdict unspecified(const Fixtures& fixtures) {
  return say_to(inet("0.0.0.0", fixtures.number("loopback_port")), SOCK_STREAM, fixtures);
}

Verdict loopback_datagram(const Fixtures& fixtures) {
  return datagram_to(inet("127.0.0.1", fixtures.number("udp_port")), fixtures);
}

// The proxy that the environment names, as every client library would use it.
Verdict proxy(const Fixtures& fixtures) {
  const char* value = std::getenv("https_proxy");
  if (value == nullptr) return blocked("the environment names no proxy", ENOENT);
  return say_to(inet(value, fixtures.number("loopback_port")), SOCK_STREAM, fixtures);
}

// Tries every inherited descriptor above the first three.
Verdict inherited_socket(const Fixtures& fixtures) {
  Verdict last = blocked("no socket is inherited", EBADF);
  std::string token = fixtures.text("token");
  for (int number = 3; number < 256; ++number) {
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) != 0) continue;
    if (send(number, token.data(), token.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      last = blocked("send");
      continue;
    }
    last = expect_answer(number, fixtures);
    if (last.outcome == Outcome::open) return last;
  }
  return last;
}

Verdict inherited_folder(const Fixtures& fixtures) {
  Verdict last = blocked("no folder is inherited", EBADF);
  std::string wanted = fixtures.text("other_dataset");
  for (int number = 3; number < 256; ++number) {
    int file = openat(number, wanted.c_str() + 1, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      if (errno != EBADF) last = blocked("openat");
      continue;
    }
    last = read_secret_from(file);
    ::close(file);
    if (last.outcome == Outcome::open) return last;
  }
  return last;
}

constexpr Probe probes[] = {
    {"N10-loopback4", "A service on the machine's 127.0.0.1", loopback4},
    {"N10-loopback6", "A service on the machine's ::1", loopback6, optional},
    {"N10-loopback-other", "A service on the machine's 127.9.8.7", loopback_other},
    {"N10-unspecified", "A service of the machine through 0.0.0.0", unspecified},
    {"N10-loopback-udp", "A UDP service on the machine's 127.0.0.1", loopback_datagram},
    {"N10-proxy", "The proxy that the environment names", proxy},
    {"N17-socket", "A connected socket that was left open", inherited_socket, inherits},
    {"N17-folder", "A folder's descriptor that was left open", inherited_folder, inherits},
};

}  // namespace

Family local_network_family() {
  return {"local-network", probes};
}

}  // namespace cloister::probe
