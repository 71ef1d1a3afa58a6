// SPDX-License-Identifier: Apache-2.0
// Alone in its file: a program for tests is linked with tests/weakened/cipher.cpp in its place.
#include "hook/cipher.hpp"

#include "hook/duckdb_hook.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace cloister::data {
namespace {

void require(bool ok, const char* what) {
  if (!ok) throw duckdb::InvalidInputException(what);
}

// SECURITY: AES-256-GCM or nothing: another cipher or key size is refused, never taken (test:
// Hook.RefusesAnyOtherCipher).
class OpensslState final : public duckdb::EncryptionState {
 public:
  explicit OpensslState(duckdb::unique_ptr<duckdb::EncryptionStateMetadata> metadata)
      : EncryptionState(std::move(metadata)), context_(EVP_CIPHER_CTX_new()) {
    require(context_ != nullptr, "no memory for a cipher");
  }
  ~OpensslState() override { EVP_CIPHER_CTX_free(context_); }
  OpensslState(const OpensslState&) = delete;
  OpensslState& operator=(const OpensslState&) = delete;

  void InitializeEncryption(duckdb::EncryptionNonce& nonce, const uint8_t* key, const uint8_t* aad,
                            uint64_t aad_bytes) override {
    start(nonce, key, aad, aad_bytes, true);
  }
  void InitializeDecryption(duckdb::EncryptionNonce& nonce, const uint8_t* key, const uint8_t* aad,
                            uint64_t aad_bytes) override {
    start(nonce, key, aad, aad_bytes, false);
  }
  size_t Process(const uint8_t* in, uint64_t bytes, uint8_t* out, uint64_t) override {
    int done = 0;  // in == out is normal
    require(EVP_CipherUpdate(context_, out, &done, in, static_cast<int>(bytes)) == 1,
            "cipher update");
    return static_cast<size_t>(done);
  }
  size_t Finalize(uint8_t* out, uint64_t, uint8_t* tag, uint64_t tag_bytes) override {
    int done = 0;
    if (!encrypting_)
      require(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_bytes),
                                  tag) == 1,
              "cipher tag");
    if (EVP_CipherFinal_ex(context_, out, &done) != 1)
      throw duckdb::IOException("%s: a block is not authentic (wrong key or changed bytes)",
                                std::string(integrity_marker));
    if (encrypting_)
      require(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes),
                                  tag) == 1,
              "cipher tag");
    return static_cast<size_t>(done);
  }
  void GenerateRandomData(uint8_t* data, uint64_t bytes) override {
    require(RAND_bytes(data, static_cast<int>(bytes)) == 1, "no randomness");
  }

 private:
  void start(duckdb::EncryptionNonce& nonce, const uint8_t* key, const uint8_t* aad,
             uint64_t aad_bytes, bool encrypting) {
    require(metadata->GetCipher() == duckdb::EncryptionTypes::GCM && metadata->GetKeyLen() == 32,
            "only AES-256-GCM");
    encrypting_ = encrypting;
    const int direction = encrypting ? 1 : 0;
    require(
        EVP_CipherInit_ex(context_, EVP_aes_256_gcm(), nullptr, nullptr, nullptr, direction) == 1 &&
            EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_GCM_SET_IVLEN,
                                static_cast<int>(nonce.total_size()), nullptr) == 1 &&
            EVP_CipherInit_ex(context_, nullptr, nullptr, key, nonce.data(), direction) == 1,
        "cipher start");
    int done = 0;
    if (aad_bytes > 0)
      require(EVP_CipherUpdate(context_, nullptr, &done, aad, static_cast<int>(aad_bytes)) == 1,
              "cipher additional data");
  }

  EVP_CIPHER_CTX* context_;
  bool encrypting_ = false;
};

class OpensslUtil final : public duckdb::EncryptionUtil {
 public:
  duckdb::shared_ptr<duckdb::EncryptionState> CreateEncryptionState(
      duckdb::unique_ptr<duckdb::EncryptionStateMetadata> metadata) const override {
    return duckdb::make_shared_ptr<OpensslState>(std::move(metadata));
  }
};

}  // namespace

duckdb::shared_ptr<duckdb::EncryptionUtil> cipher() {
  return duckdb::make_shared_ptr<OpensslUtil>();
}

}  // namespace cloister::data
