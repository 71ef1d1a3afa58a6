// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/random.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/base/check.hpp"

#include <sys/random.h>

#include <cerrno>

namespace cloister::base {

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CLOISTER_CHECK(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

void SeededRandom::fill(std::span<std::byte> out) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 8 == 0) word = next();
    out[i] = static_cast<std::byte>(word >> (8 * (i % 8)) & 0xff);
  }
}

std::string random_id(Random& random) {
  return to_hex(random.bytes<8>());
}

}  // namespace cloister::base
