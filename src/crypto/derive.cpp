// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/derive.hpp"

#include "cloister/crypto/aead.hpp"
#include "cloister/crypto/errors.hpp"

#include "sodium.hpp"

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

namespace cloister::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

}  // namespace

base::SecretBytes hkdf_sha256(base::ByteView key, base::ByteView salt, base::ByteView info,
                              std::size_t size) {
  std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  base::SecretBytes derived(size);
  CLOISTER_CHECK(EVP_PKEY_derive_init(context.get()) == 1);
  CLOISTER_CHECK(EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1);
  CLOISTER_CHECK(EVP_PKEY_CTX_set1_hkdf_key(context.get(), raw(key.data()),
                                            static_cast<int>(key.size())) == 1);
  CLOISTER_CHECK(EVP_PKEY_CTX_set1_hkdf_salt(context.get(), raw(salt.data()),
                                             static_cast<int>(salt.size())) == 1);
  CLOISTER_CHECK(EVP_PKEY_CTX_add1_hkdf_info(context.get(), raw(info.data()),
                                             static_cast<int>(info.size())) == 1);
  CLOISTER_CHECK(EVP_PKEY_derive(context.get(), raw(derived.writable().data()), &size) == 1);
  return derived;
}

base::SecretBytes derive_key(const base::SecretBytes& master, std::string_view label) {
  return hkdf_sha256(master.view(), base::as_bytes("cloister/1"), base::as_bytes(label), key_bytes);
}

base::Result<base::SecretBytes> key_from_passphrase(base::ByteView passphrase, base::ByteView salt,
                                                    const PassphraseCost& cost) {
  ensure_sodium();
  if (cost.passes < 2 || cost.passes > 64 || cost.memory_kib < (19u << 10) ||
      cost.memory_kib > (2u << 20) || salt.size() != passphrase_salt_bytes)
    return base::fail(errors::bad_key, "the cost of the passphrase key lies outside its limits");
  base::SecretBytes key(key_bytes);
  if (crypto_pwhash_argon2id(raw(key.writable().data()), key.size(),
                             reinterpret_cast<const char*>(passphrase.data()), passphrase.size(),
                             raw(salt.data()), cost.passes, std::size_t{cost.memory_kib} << 10,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    return base::fail(errors::out_of_memory, "not enough memory to derive the passphrase key");
  return key;
}

}  // namespace cloister::crypto
