// SPDX-License-Identifier: Apache-2.0
// io_uring by hand, with the smallest ring: system calls that no filter on system calls sees.
#pragma once

#include "reach.hpp"

#include <linux/io_uring.h>

namespace cloister::probe {

class Ring {
 public:
  Ring();
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  bool made() const { return entries_ != nullptr; }
  // Submits one entry and waits for its result (negative errno).
  int run(const io_uring_sqe& entry);

 private:
  io_uring_params parameters_{};  // before number_: the kernel fills it
  int number_ = -1;
  char* submission_ = nullptr;
  char* completion_ = nullptr;
  io_uring_sqe* entries_ = nullptr;
};

}  // namespace cloister::probe
