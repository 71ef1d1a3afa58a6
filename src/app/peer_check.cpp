// SPDX-License-Identifier: Apache-2.0
#include "peer_check.hpp"

#include "cloister/app/errors.hpp"
#include "cloister/io/async_socket.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cloister::app {
namespace {

// Two processes share a namespace when its file in /proc is the same inode.
bool same_namespace(pid_t process, const char* kind) {
  struct stat ours{};
  struct stat theirs{};
  return stat(fmt::format("/proc/self/ns/{}", kind).c_str(), &ours) == 0 &&
         stat(fmt::format("/proc/{}/ns/{}", process, kind).c_str(), &theirs) == 0 &&
         ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

}  // namespace

base::Outcome check_peer(const io::Descriptor& connection) {
  CLOISTER_TRY(io::Peer peer, io::peer_of(connection));
  if (peer.user != geteuid() || peer.process <= 0 || !same_namespace(peer.process, "user") ||
      !same_namespace(peer.process, "pid"))
    return base::fail(errors::foreign_peer,
                      "this server answers only processes of its own user and namespaces");
  return {};
}

}  // namespace cloister::app
