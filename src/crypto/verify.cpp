// SPDX-License-Identifier: Apache-2.0
// The one place where a signature is checked. Alone in its file: a program for tests is linked with
// tests/weakened/verify.cpp in its place.
#include "cloister/crypto/signature.hpp"

#include "sodium.hpp"

namespace cloister::crypto {

bool verify(const VerifyKey& key, base::ByteView message, const Signature& signature) {
  ensure_sodium();
  return crypto_sign_verify_detached(raw(signature.data()), raw(message.data()), message.size(),
                                     raw(key.data())) == 0;
}

}  // namespace cloister::crypto
