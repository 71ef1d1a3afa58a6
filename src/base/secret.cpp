// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/secret.hpp"

#include "cloister/base/check.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace cloister::base {

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  mapped_size_ = (size + page - 1) / page * page;
  void* mapped =
      mmap(nullptr, mapped_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CLOISTER_CHECK(mapped != MAP_FAILED);
  data_ = static_cast<std::byte*>(mapped);
  // mlock2 without flags is mlock; AddressSanitizer turns the latter into nothing.
  locked_ = mlock2(data_, mapped_size_, 0) == 0;
  madvise(data_, mapped_size_, MADV_DONTDUMP);
  madvise(data_, mapped_size_, MADV_WIPEONFORK);
}

SecretBytes SecretBytes::copy_of(ByteView bytes) {
  SecretBytes secret(bytes.size());
  std::ranges::copy(bytes, secret.data_);
  return secret;
}

SecretBytes::~SecretBytes() {
  wipe();
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapped_size_(std::exchange(other.mapped_size_, 0)),
      locked_(std::exchange(other.locked_, false)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  mapped_size_ = std::exchange(other.mapped_size_, 0);
  locked_ = std::exchange(other.locked_, false);
  return *this;
}

void SecretBytes::wipe() {
  if (data_ == nullptr) return;
  base::wipe({data_, mapped_size_});
  munmap(data_, mapped_size_);
  data_ = nullptr;
  size_ = 0;
}

void wipe(std::span<std::byte> bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  std::byte difference{0};
  for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == std::byte{0};
}

}  // namespace cloister::base
