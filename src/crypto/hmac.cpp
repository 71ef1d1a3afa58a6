// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/hmac.hpp"

#include <algorithm>

namespace cloister::crypto {
namespace {

constexpr std::size_t block_bytes = 64;

base::SecretBytes padded(base::ByteView key, std::byte pad) {
  base::SecretBytes block(block_bytes);
  std::ranges::copy(key, block.writable().begin());
  for (std::byte& byte : block.writable()) byte ^= pad;
  return block;
}

}  // namespace

HmacSha256::HmacSha256(base::ByteView key) {
  Hash shortened{};
  if (key.size() > block_bytes) {
    shortened = sha256(key);
    key = shortened;
  }
  inner_ = padded(key, std::byte{0x36});
  outer_ = padded(key, std::byte{0x5c});
  base::wipe(shortened);
}

Hash HmacSha256::of(std::span<const base::ByteView> parts) const {
  Sha256 hash;
  hash.update(inner_.view());
  for (base::ByteView part : parts) hash.update(part);
  return sha256({outer_.view(), hash.finish()});
}

}  // namespace cloister::crypto
