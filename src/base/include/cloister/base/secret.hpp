// SPDX-License-Identifier: Apache-2.0
// Bytes that must not reach swap, core dumps or freed memory.
#pragma once

#include "cloister/base/bytes.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace cloister::base {

// Owns secret bytes on pages of its own: locked (where the limit allows), left out of core dumps,
// gone in a forked child, overwritten before they are given back. Movable, not copyable: a copy is
// made with clone() where it is really meant. Not thread-safe.
// SECURITY: a secret never outlives its owner (test: SecretBytes.WipedBeforeTheMemoryIsGivenBack).
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  // zeroes, to be filled through writable()
  static SecretBytes copy_of(ByteView bytes);
  static SecretBytes copy_of(std::string_view text) { return copy_of(as_bytes(text)); }
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  SecretBytes clone() const { return copy_of(view()); }
  ByteView view() const { return {data_, size_}; }
  std::string_view text() const { return as_text(view()); }
  std::span<std::byte> writable() { return {data_, size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool locked() const { return locked_; }  // false when RLIMIT_MEMLOCK did not allow it

 private:
  void wipe();
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mapped_size_ = 0;
  bool locked_ = false;
};

// Overwrites memory that held a secret; the compiler cannot leave it out.
void wipe(std::span<std::byte> bytes);

// Compares without telling by time where the first difference is.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace cloister::base
