// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/check.hpp"

namespace cloister::io {

// Marks a direction of a socket as taken while a task uses it: two at once are a bug.
class Turn {
 public:
  explicit Turn(bool& taken) : taken_(taken) {
    CLOISTER_CHECK(!taken_);
    taken_ = true;
  }
  ~Turn() { taken_ = false; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  bool& taken_;
};

}  // namespace cloister::io
