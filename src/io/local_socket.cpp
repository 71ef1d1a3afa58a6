// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/errors.hpp"
#include "cloister/io/frame_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace cloister::io {
namespace {

// A socket address holds 107 bytes of path only. A longer path is reached through its folder's
// descriptor, which must stay open as long as the address is used.
struct Address {
  sockaddr_un value{};
  Descriptor folder;
};

base::Result<Address> address_of(const std::string& path) {
  Address address;
  address.value.sun_family = AF_UNIX;
  std::string shown = path;
  if (path.size() >= sizeof address.value.sun_path) {
    std::filesystem::path whole(path);
    address.folder =
        Descriptor(::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.folder.open())
      return base::fail_errno(errors::system, "cannot open the folder of a socket", errno);
    shown = fmt::format("/proc/self/fd/{}/{}", address.folder.number(), whole.filename().native());
  }
  if (shown.size() >= sizeof address.value.sun_path)
    return base::fail(errors::system, "the name of a socket is too long");
  std::ranges::copy(shown, address.value.sun_path);
  return address;
}

base::Result<Descriptor> new_socket() {
  int number = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (number < 0) return base::fail_errno(errors::system, "cannot make a socket", errno);
  return Descriptor(number);
}

}  // namespace

base::Result<Descriptor> listen_at(const std::string& path, mode_t mode) {
  CLOISTER_TRY(Descriptor socket, new_socket());
  CLOISTER_TRY(Address address, address_of(path));
  unlink(path.c_str());
  if (bind(socket.number(), reinterpret_cast<sockaddr*>(&address.value), sizeof address.value) != 0)
    return base::fail_errno(errors::system, fmt::format("cannot bind {}", path), errno);
  if (chmod(path.c_str(), mode) != 0 || listen(socket.number(), 64) != 0)
    return base::fail_errno(errors::system, fmt::format("cannot listen at {}", path), errno);
  return socket;
}

base::Result<Descriptor> connect_to(const std::string& path) {
  CLOISTER_TRY(Descriptor socket, new_socket());
  CLOISTER_TRY(Address address, address_of(path));
  // A full backlog would make connect() wait for ever.
  timeval patience{.tv_sec = 10, .tv_usec = 0};
  timeval endless{};
  setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket.number(), reinterpret_cast<sockaddr*>(&address.value), sizeof address.value) !=
      0) {
    if (errno == ENOENT || errno == ECONNREFUSED)
      return base::fail(errors::not_found, fmt::format("nobody listens at {}", path));
    if (errno == EAGAIN)
      return base::fail(errors::timeout, fmt::format("nobody answers at {}", path));
    return base::fail_errno(errors::system, fmt::format("cannot connect to {}", path), errno);
  }
  setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &endless, sizeof endless);
  return socket;
}

base::Result<Descriptor> accept_from(const Descriptor& listener, Deadline deadline) {
  for (;;) {
    auto left = deadline == no_deadline
                    ? std::chrono::milliseconds(-1)
                    : std::max(std::chrono::milliseconds(0),
                               std::chrono::ceil<std::chrono::milliseconds>(
                                   deadline - std::chrono::steady_clock::now()));
    pollfd wanted{.fd = listener.number(), .events = POLLIN, .revents = 0};
    int ready = poll(&wanted, 1, static_cast<int>(left.count()));
    if (ready == 0) return base::fail(errors::timeout, "nobody connected in time");
    if (ready < 0 && errno == EINTR) continue;
    int number = accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC);
    if (number >= 0) return Descriptor(number);
    if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
      return base::fail_errno(errors::closed, "cannot accept", errno);
  }
}

}  // namespace cloister::io
