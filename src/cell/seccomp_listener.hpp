// SPDX-License-Identifier: Apache-2.0
// The descriptor on which the kernel asks about the system calls of a cell (seccomp_unotify(2)).
#pragma once

#include "cloister/io/descriptor.hpp"

#include <linux/seccomp.h>

#include <cstdint>
#include <optional>

namespace cloister::cell {

// Any thread may call anything here: the kernel keeps the questions apart by their id.
class SeccompListener {
 public:
  SeccompListener() = default;
  explicit SeccompListener(io::Descriptor descriptor);

  int number() const { return descriptor_.number(); }
  // The next question; nothing when its caller has gone meanwhile.
  std::optional<seccomp_notif> receive() const;
  // False once the caller is gone: what was read of "its" memory may then be another process's.
  bool waits(std::uint64_t question) const;
  // Each says false when the caller is gone.
  bool answer(std::uint64_t question, int error) const;
  bool let_go_on(std::uint64_t question) const;

 private:
  io::Descriptor descriptor_;
};

}  // namespace cloister::cell
