// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/sealed_box.hpp"

#include "cloister/crypto/errors.hpp"

#include "sodium.hpp"

namespace cloister::crypto {

BoxKeyPair BoxKeyPair::generate(base::Random& random) {
  base::SecretBytes secret(crypto_box_SECRETKEYBYTES);
  random.fill(secret.writable());
  return from_secret(std::move(secret));
}

BoxKeyPair BoxKeyPair::from_secret(base::SecretBytes secret_key) {
  ensure_sodium();
  CLOISTER_CHECK(secret_key.size() == crypto_box_SECRETKEYBYTES);
  BoxKeyPair keys;
  keys.secret_key = std::move(secret_key);
  crypto_scalarmult_base(raw(keys.public_key.data()), raw(keys.secret_key.view().data()));
  return keys;
}

base::Bytes seal_to(const BoxPublicKey& to, base::ByteView plaintext) {
  ensure_sodium();
  base::Bytes sealed(plaintext.size() + crypto_box_SEALBYTES);
  CLOISTER_CHECK(crypto_box_seal(raw(sealed.data()), raw(plaintext.data()), plaintext.size(),
                                 raw(to.data())) == 0);
  return sealed;
}

base::Result<base::SecretBytes> open_sealed(const BoxKeyPair& keys, base::ByteView sealed) {
  ensure_sodium();
  if (sealed.size() < crypto_box_SEALBYTES)
    return base::fail(errors::not_authentic, "a sealed message is too short");
  base::SecretBytes plaintext(sealed.size() - crypto_box_SEALBYTES);
  // A valid pointer even for an empty message.
  std::byte none{};
  std::byte* out = plaintext.empty() ? &none : plaintext.writable().data();
  if (crypto_box_seal_open(raw(out), raw(sealed.data()), sealed.size(), raw(keys.public_key.data()),
                           raw(keys.secret_key.view().data())) != 0)
    return base::fail(errors::not_authentic,
                      "a sealed message does not open: wrong key or changed bytes");
  return plaintext;
}

}  // namespace cloister::crypto
