// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/io/disk.hpp"
#include "cloister/io/frame_socket.hpp"

namespace cloister::io {

// An exclusive lock on a file (flock): it ends with the process, however that dies.
class FileLock {
 public:
  // Waits until the deadline, then io.busy.
  static base::Result<FileLock> take(const Path& path, Deadline deadline);

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace cloister::io
