// SPDX-License-Identifier: Apache-2.0
// What is known of a kernel at a glance. Any thread.
#pragma once

#include "cloister/cell/attach.hpp"

#include <mutex>

namespace cloister::cell {

class KernelStatus {
 public:
  void change(auto&& how) {
    std::lock_guard lock(mutex_);
    how(state_);
  }
  attach::State get() {
    std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  std::mutex mutex_;
  attach::State state_;
};

}  // namespace cloister::cell
