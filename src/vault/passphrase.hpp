// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"

#include "key_file.hpp"

namespace cloister::vault {

// vault.bad-passphrase when it is empty or longer than limits::passphrase_bytes_max.
base::Outcome check_new_passphrase(const base::SecretBytes& passphrase);

// Tries a text against all slots, as a recovery key where it is one, else as a passphrase:
// vault.wrong-passphrase when none opens.
base::Result<Credential> open_any_slot(const KeyFile& file, std::string_view home_id,
                                       const base::SecretBytes& text);

}  // namespace cloister::vault
