// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/file_lock.hpp"

#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>

namespace cloister::io {

base::Result<FileLock> FileLock::take(const Path& path, Deadline deadline) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.open())
    return base::fail_errno(errors::system, fmt::format("cannot open {}", path.native()), errno);
  for (;;) {
    if (flock(file.number(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(file));
    if (errno != EWOULDBLOCK && errno != EINTR)
      return base::fail_errno(errors::system, fmt::format("cannot lock {}", path.native()), errno);
    if (std::chrono::steady_clock::now() >= deadline)
      return base::fail(errors::busy, fmt::format("{} is locked", path.native()));
    // flock has no wait with a deadline.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace cloister::io
