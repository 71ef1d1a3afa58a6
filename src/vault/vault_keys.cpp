// SPDX-License-Identifier: Apache-2.0
#include "vault_keys.hpp"

#include "cloister/crypto/aead.hpp"
#include "cloister/crypto/derive.hpp"

#include <fmt/format.h>

namespace cloister::vault {

VaultKeys::VaultKeys(base::SecretBytes master_key)
    : master(std::move(master_key)),
      catalogue(crypto::derive_key(master, "vault/catalogue")),
      head(crypto::derive_key(master, "vault/head")),
      epoch(crypto::derive_key(master, "vault/epoch")),
      secrets(crypto::derive_key(master, "vault/secrets")),
      pending(crypto::derive_key(master, "vault/pending")),
      wrap(crypto::derive_key(master, "vault/wrap")) {}

base::Bytes seal_context(std::string_view what, std::string_view home_id) {
  return base::to_bytes(fmt::format("cloister/{}/1\n{}", what, home_id));
}

base::Bytes wrap_dataset_key(const VaultKeys& keys, std::string_view home_id,
                             std::string_view file_id, const base::SecretBytes& dataset_key,
                             base::Random& random) {
  base::Bytes context = seal_context(fmt::format("dataset-key/{}", file_id), home_id);
  return crypto::aead_seal(keys.wrap, context, dataset_key.view(), random);
}

base::Result<base::SecretBytes> unwrap_dataset_key(const VaultKeys& keys, std::string_view home_id,
                                                   std::string_view file_id,
                                                   base::ByteView wrapped) {
  base::Bytes context = seal_context(fmt::format("dataset-key/{}", file_id), home_id);
  return crypto::aead_open(keys.wrap, context, wrapped);
}

}  // namespace cloister::vault
