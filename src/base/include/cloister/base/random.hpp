// SPDX-License-Identifier: Apache-2.0
// Randomness is injected: keys and nonces come from the kernel, tests replay a seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cloister::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  template <std::size_t size>
  std::array<std::byte, size> bytes() {
    std::array<std::byte, size> out;
    fill(out);
    return out;
  }
};

// getrandom(2); aborts when the kernel gives none. Thread-safe.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// SplitMix64 from a seed: for tests that must replay. Never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;
  std::uint64_t next();

 private:
  std::uint64_t state_;
};

// A fresh identifier of 16 hexadecimal digits for cells, datasets and files.
std::string random_id(Random& random);

}  // namespace cloister::base
