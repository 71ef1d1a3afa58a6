// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/derive.hpp"

#include "cloister/crypto/aead.hpp"
#include "cloister/crypto/errors.hpp"

#include "argon2id.hpp"
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
  // OpenSSL refuses to be given nothing; left out, both are the empty text of the RFC.
  if (!salt.empty())
    CLOISTER_CHECK(EVP_PKEY_CTX_set1_hkdf_salt(context.get(), raw(salt.data()),
                                               static_cast<int>(salt.size())) == 1);
  if (!info.empty())
    CLOISTER_CHECK(EVP_PKEY_CTX_add1_hkdf_info(context.get(), raw(info.data()),
                                               static_cast<int>(info.size())) == 1);
  CLOISTER_CHECK(EVP_PKEY_derive(context.get(), raw(derived.writable().data()), &size) == 1);
  return derived;
}

base::SecretBytes derive_key(const base::SecretBytes& master, std::string_view label) {
  return hkdf_sha256(master.view(), base::as_bytes("cloister/1"), base::as_bytes(label), key_bytes);
}

bool argon2id(std::span<std::byte> out, base::ByteView passphrase, base::ByteView salt,
              std::uint32_t passes, std::uint32_t memory_kib) {
  ensure_sodium();
  CLOISTER_CHECK(salt.size() == passphrase_salt_bytes);
  const char* text = passphrase.empty() ? "" : base::as_text(passphrase).data();
  return crypto_pwhash_argon2id(raw(out.data()), out.size(), text, passphrase.size(),
                                raw(salt.data()), passes, std::size_t{memory_kib} << 10,
                                crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
}

base::Result<base::SecretBytes> key_from_passphrase(base::ByteView passphrase, base::ByteView salt,
                                                    const PassphraseCost& cost) {
  if (cost.passes < 2 || cost.passes > 64 || cost.memory_kib < (19u << 10) ||
      cost.memory_kib > (2u << 20) || salt.size() != passphrase_salt_bytes)
    return base::fail(errors::bad_key, "the cost of the passphrase key lies outside its limits");
  base::SecretBytes key(key_bytes);
  if (!argon2id(key.writable(), passphrase, salt, cost.passes, cost.memory_kib))
    return base::fail(errors::out_of_memory, "not enough memory to derive the passphrase key");
  return key;
}

}  // namespace cloister::crypto
