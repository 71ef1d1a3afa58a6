// SPDX-License-Identifier: Apache-2.0
#include "seccomp_listener.hpp"

#include <sys/ioctl.h>

namespace cloister::cell {
namespace {

// Linux 6.6; not in Debian 12's headers. The supervisor wakes on the caller's CPU: faster answers.
constexpr unsigned long set_flags_command = _IOW('!', 4, std::uint64_t);
constexpr std::uint64_t wake_synchronously = 1;

}  // namespace

SeccompListener::SeccompListener(io::Descriptor descriptor) : descriptor_(std::move(descriptor)) {
  if (descriptor_.open()) ioctl(number(), set_flags_command, wake_synchronously);
}

std::optional<seccomp_notif> SeccompListener::receive() const {
  seccomp_notif question{};
  if (ioctl(number(), SECCOMP_IOCTL_NOTIF_RECV, &question) != 0) return std::nullopt;
  return question;
}

bool SeccompListener::waits(std::uint64_t question) const {
  return ioctl(number(), SECCOMP_IOCTL_NOTIF_ID_VALID, &question) == 0;
}

bool SeccompListener::answer(std::uint64_t question, int error) const {
  seccomp_notif_resp response{};
  response.id = question;
  response.error = -error;
  return ioctl(number(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

bool SeccompListener::let_go_on(std::uint64_t question) const {
  seccomp_notif_resp response{};
  response.id = question;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  return ioctl(number(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

}  // namespace cloister::cell
