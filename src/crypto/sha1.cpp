// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/sha1.hpp"

#include "cloister/base/check.hpp"

#include <openssl/evp.h>

namespace cloister::crypto {

std::array<std::byte, 20> sha1(base::ByteView bytes) {
  std::array<std::byte, 20> digest;
  CLOISTER_CHECK(EVP_Digest(bytes.data(), bytes.size(),
                            reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha1(),
                            nullptr) == 1);
  return digest;
}

}  // namespace cloister::crypto
