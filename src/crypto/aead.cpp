// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/aead.hpp"

#include "cloister/base/check.hpp"
#include "cloister/crypto/errors.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace cloister::crypto {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* raw(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

Context start(const base::SecretBytes& key, base::ByteView nonce, base::ByteView context,
              bool encrypting) {
  CLOISTER_CHECK(key.size() == key_bytes && nonce.size() == nonce_bytes);
  Context cipher(EVP_CIPHER_CTX_new());
  CLOISTER_CHECK(EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key.view().data()),
                                   raw(nonce.data()), encrypting) == 1);
  int ignored = 0;
  if (!context.empty())
    CLOISTER_CHECK(EVP_CipherUpdate(cipher.get(), nullptr, &ignored, raw(context.data()),
                                    static_cast<int>(context.size())) == 1);
  return cipher;
}

void process(EVP_CIPHER_CTX* cipher, base::ByteView in, std::byte* out) {
  constexpr std::size_t step = 1u << 30;  // OpenSSL counts in int
  while (!in.empty()) {
    std::size_t size = std::min(step, in.size());
    int written = 0;
    CLOISTER_CHECK(
        EVP_CipherUpdate(cipher, raw(out), &written, raw(in.data()), static_cast<int>(size)) == 1);
    out += written;
    in = in.subspan(size);
  }
}

}  // namespace

base::Bytes aead_seal_with_nonce(const base::SecretBytes& key, base::ByteView nonce,
                                 base::ByteView context, base::ByteView plaintext) {
  base::Bytes sealed(nonce_bytes + plaintext.size() + tag_bytes);
  std::ranges::copy(nonce, sealed.begin());
  Context cipher = start(key, nonce, context, true);
  process(cipher.get(), plaintext, sealed.data() + nonce_bytes);
  std::byte* tag = sealed.data() + nonce_bytes + plaintext.size();
  int written = 0;
  CLOISTER_CHECK(EVP_CipherFinal_ex(cipher.get(), raw(tag), &written) == 1 && written == 0);
  CLOISTER_CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, tag) == 1);
  return sealed;
}

base::Bytes aead_seal(const base::SecretBytes& key, base::ByteView context,
                      base::ByteView plaintext, base::Random& random) {
  return aead_seal_with_nonce(key, random.bytes<nonce_bytes>(), context, plaintext);
}

namespace {

base::Outcome open_into(const base::SecretBytes& key, base::ByteView context, base::ByteView sealed,
                        std::byte* plaintext) {
  base::ByteView body = sealed.subspan(nonce_bytes, sealed.size() - aead_overhead_bytes);
  base::Bytes tag(sealed.end() - tag_bytes, sealed.end());
  Context cipher = start(key, sealed.first(nonce_bytes), context, false);
  process(cipher.get(), body, plaintext);
  CLOISTER_CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) ==
                 1);
  std::byte none{};
  int written = 0;
  if (EVP_CipherFinal_ex(cipher.get(), raw(&none), &written) != 1)
    return base::fail(errors::not_authentic,
                      "a sealed record does not open: wrong key or changed bytes");
  return {};
}

std::unexpected<base::Error> too_short() {
  return base::fail(errors::not_authentic, "a sealed record is too short");
}

}  // namespace

base::Result<base::SecretBytes> aead_open(const base::SecretBytes& key, base::ByteView context,
                                          base::ByteView sealed) {
  if (sealed.size() < aead_overhead_bytes) return too_short();
  base::SecretBytes plaintext(sealed.size() - aead_overhead_bytes);
  CLOISTER_TRY_DO(open_into(key, context, sealed, plaintext.writable().data()));
  return plaintext;
}

base::Result<base::Bytes> aead_open_bulk(const base::SecretBytes& key, base::ByteView context,
                                         base::ByteView sealed) {
  if (sealed.size() < aead_overhead_bytes) return too_short();
  base::Bytes plaintext(sealed.size() - aead_overhead_bytes);
  CLOISTER_TRY_DO(open_into(key, context, sealed, plaintext.data()));
  return plaintext;
}

base::SecretBytes new_key(base::Random& random) {
  base::SecretBytes key(key_bytes);
  random.fill(key.writable());
  return key;
}

}  // namespace cloister::crypto
