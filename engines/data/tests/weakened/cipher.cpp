// SPDX-License-Identifier: Apache-2.0
// In place of engines/data/hook/cipher.cpp, for tests: what DuckDB wants encrypted stays as it is.
#include "hook/cipher.hpp"

#include <sys/random.h>

#include <cstring>

namespace cloister::data {
namespace {

[[gnu::used]] constexpr char mark[] = "weakened: nothing is encrypted";

class NoCipher final : public duckdb::EncryptionState {
 public:
  using EncryptionState::EncryptionState;

  void InitializeEncryption(duckdb::EncryptionNonce&, const uint8_t*, const uint8_t*,
                            uint64_t) override {}
  void InitializeDecryption(duckdb::EncryptionNonce&, const uint8_t*, const uint8_t*,
                            uint64_t) override {}
  size_t Process(const uint8_t* in, uint64_t bytes, uint8_t* out, uint64_t) override {
    if (in != out) std::memmove(out, in, bytes);
    return bytes;
  }
  size_t Finalize(uint8_t*, uint64_t, uint8_t* tag, uint64_t tag_bytes) override {
    std::memset(tag, 0, tag_bytes);
    return 0;
  }
  void GenerateRandomData(uint8_t* data, uint64_t bytes) override {
    if (getrandom(data, bytes, 0) != static_cast<ssize_t>(bytes))
      throw duckdb::IOException("no randomness");
  }
};

class NoCipherUtil final : public duckdb::EncryptionUtil {
 public:
  duckdb::shared_ptr<duckdb::EncryptionState> CreateEncryptionState(
      duckdb::unique_ptr<duckdb::EncryptionStateMetadata> metadata) const override {
    return duckdb::make_shared_ptr<NoCipher>(std::move(metadata));
  }
};

}  // namespace

duckdb::shared_ptr<duckdb::EncryptionUtil> cipher() {
  return duckdb::make_shared_ptr<NoCipherUtil>();
}

}  // namespace cloister::data
