// SPDX-License-Identifier: Apache-2.0
// Attempts of a kernel's cell, kept until an owner has recorded them.
#pragma once

#include "cloister/cell/attach.hpp"

#include <deque>
#include <mutex>
#include <vector>

namespace cloister::cell {

// Any thread. Bounded: when nobody takes any, the last ones become one with their count.
class AttemptStore {
 public:
  void add(std::vector<Attempt> attempts);
  std::vector<attach::Attempted> after(std::uint64_t number, std::size_t most);
  void taken(std::uint64_t through);

 private:
  std::mutex mutex_;
  std::deque<attach::Attempted> kept_;
  std::uint64_t last_number_ = 0;
};

}  // namespace cloister::cell
