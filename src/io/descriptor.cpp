// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/descriptor.hpp"

#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cloister::io {

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

base::Result<Descriptor> Descriptor::duplicate() const {
  int copy = fcntl(number_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return base::fail_errno(errors::system, "cannot duplicate a descriptor", errno);
  return Descriptor(copy);
}

base::Result<DescriptorPair> socket_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return base::fail_errno(errors::system, "cannot make a socket pair", errno);
  return DescriptorPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

base::Result<DescriptorPair> pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return base::fail_errno(errors::system, "cannot make a pipe", errno);
  return DescriptorPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace cloister::io
