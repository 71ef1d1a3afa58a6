// SPDX-License-Identifier: Apache-2.0
// The keys that follow from the vault's master key, one for each purpose.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"

#include <string>

namespace cloister::vault {

// SECURITY: no key serves two purposes, so no sealed file opens as one of another kind (test:
// VaultKeys.EachPurposeHasItsOwnKey).
struct VaultKeys {
  explicit VaultKeys(base::SecretBytes master_key);

  base::SecretBytes master;
  base::SecretBytes catalogue;
  base::SecretBytes head;
  base::SecretBytes epoch;
  base::SecretBytes secrets;  // seals the signing seed and the ledger's body key in the key file
  base::SecretBytes pending;  // seals what an interrupted rotation has to finish
  base::SecretBytes wrap;     // wraps the key of each dataset version
};

// The context of everything that is sealed under these keys: what it is, and of which home.
base::Bytes seal_context(std::string_view what, std::string_view home_id);

base::Bytes wrap_dataset_key(const VaultKeys& keys, std::string_view home_id,
                             std::string_view file_id, const base::SecretBytes& dataset_key,
                             base::Random& random);
base::Result<base::SecretBytes> unwrap_dataset_key(const VaultKeys& keys, std::string_view home_id,
                                                   std::string_view file_id,
                                                   base::ByteView wrapped);

}  // namespace cloister::vault
