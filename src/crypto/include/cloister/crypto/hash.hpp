// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) by OpenSSL, which uses the processor's SHA instructions.
#pragma once

#include "cloister/base/bytes.hpp"

#include <array>
#include <initializer_list>
#include <memory>

namespace cloister::crypto {

using Hash = std::array<std::byte, 32>;

Hash sha256(base::ByteView bytes);
Hash sha256(std::initializer_list<base::ByteView> parts);  // of their concatenation

// Incremental SHA-256. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(base::ByteView bytes);
  Hash finish();  // and starts anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloister::crypto
