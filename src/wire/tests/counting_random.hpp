// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/random.hpp"

#include <algorithm>

namespace cloister::wire {

// Four bytes at a time: 00000001, 00000002, … as the generator of the vectors counts its ids.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::byte> out) override {
    ++count_;
    std::ranges::fill(out, std::byte{0});
    for (std::size_t i = 0; i < std::min<std::size_t>(out.size(), 4); ++i)
      out[out.size() - 1 - i] = static_cast<std::byte>(count_ >> (8 * i));
  }

 private:
  std::uint32_t count_ = 0;
};

}  // namespace cloister::wire
