// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/hash.hpp"

#include "cloister/base/check.hpp"

#include <openssl/evp.h>

namespace cloister::crypto {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
  void start() { CLOISTER_CHECK(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->start();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(base::ByteView bytes) {
  CLOISTER_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Hash Sha256::finish() {
  Hash hash;
  CLOISTER_CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(hash.data()),
                                    nullptr) == 1);
  state_->start();
  return hash;
}

Hash sha256(base::ByteView bytes) {
  return sha256({bytes});
}

Hash sha256(std::initializer_list<base::ByteView> parts) {
  // One context per thread: making one costs more than hashing a Merkle node.
  static thread_local Sha256 hasher;
  for (base::ByteView part : parts) hasher.update(part);
  return hasher.finish();
}

}  // namespace cloister::crypto
