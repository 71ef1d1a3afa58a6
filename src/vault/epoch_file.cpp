// SPDX-License-Identifier: Apache-2.0
#include "epoch_file.hpp"

#include "cloister/base/check.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/vault/errors.hpp"

#include <algorithm>

namespace cloister::vault {
namespace {

// epoch, first entry, begin (microseconds since 1970): 8 bytes each, then the seed.
constexpr std::size_t record_bytes = 24 + 32;

}  // namespace

base::Bytes seal_epochs(const EpochFile& file, const VaultKeys& keys, std::string_view home_id,
                        base::Random& random) {
  CLOISTER_CHECK(file.epochs.size() == 1 || file.epochs.size() == 2);
  base::SecretBytes content(file.epochs.size() * record_bytes);
  std::byte* at = content.writable().data();
  for (const Epoch& epoch : file.epochs) {
    base::store_big_endian(at, epoch.key.epoch);
    base::store_big_endian(at + 8, epoch.first_entry);
    base::store_big_endian(at + 16,
                           static_cast<std::uint64_t>(epoch.began.time_since_epoch().count()));
    std::ranges::copy(epoch.key.key.seed().view(), at + 24);
    at += record_bytes;
  }
  return crypto::aead_seal(keys.epoch, seal_context("epoch", home_id), content.view(), random);
}

base::Result<EpochFile> open_epochs(base::ByteView sealed, const VaultKeys& keys,
                                    std::string_view home_id) {
  CLOISTER_TRY(base::SecretBytes content,
               crypto::aead_open(keys.epoch, seal_context("epoch", home_id), sealed));
  std::size_t count = content.size() / record_bytes;
  if (content.size() % record_bytes != 0 || count < 1 || count > 2)
    return base::fail(errors::damaged, "vault/epoch holds something else");
  EpochFile file;
  for (std::size_t i = 0; i < count; ++i) {
    base::ByteView record = content.view().subspan(i * record_bytes, record_bytes);
    file.epochs.push_back(
        {{base::load_big_endian<std::uint64_t>(record.data()),
          crypto::SigningKey::from_seed(base::SecretBytes::copy_of(record.subspan(24)))},
         base::load_big_endian<std::uint64_t>(record.data() + 8),
         base::WallTime(base::Microseconds(static_cast<std::int64_t>(
             base::load_big_endian<std::uint64_t>(record.data() + 16))))});
  }
  return file;
}

}  // namespace cloister::vault
