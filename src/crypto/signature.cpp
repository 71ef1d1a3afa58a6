// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/signature.hpp"

#include "sodium.hpp"

namespace cloister::crypto {

SigningKey SigningKey::generate(base::Random& random) {
  base::SecretBytes seed(32);
  random.fill(seed.writable());
  return from_seed(std::move(seed));
}

SigningKey SigningKey::from_seed(base::SecretBytes seed) {
  ensure_sodium();
  CLOISTER_CHECK(seed.size() == crypto_sign_SEEDBYTES);
  SigningKey key;
  base::SecretBytes expanded(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(raw(key.verify_key_.data()), raw(expanded.writable().data()),
                           raw(seed.view().data()));
  key.seed_ = std::move(seed);
  return key;
}

Signature SigningKey::sign(base::ByteView message) const {
  base::SecretBytes expanded(crypto_sign_SECRETKEYBYTES);
  VerifyKey ignored;
  crypto_sign_seed_keypair(raw(ignored.data()), raw(expanded.writable().data()),
                           raw(seed_.view().data()));
  Signature signature;
  crypto_sign_detached(raw(signature.data()), nullptr, raw(message.data()), message.size(),
                       raw(expanded.view().data()));
  return signature;
}

}  // namespace cloister::crypto
