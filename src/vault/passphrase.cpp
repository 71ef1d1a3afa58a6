// SPDX-License-Identifier: Apache-2.0
#include "passphrase.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/crypto/errors.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/vault/recovery_key.hpp"

#include <fmt/format.h>

namespace cloister::vault {

base::Outcome check_new_passphrase(const base::SecretBytes& passphrase) {
  if (passphrase.empty())
    return base::fail(errors::bad_passphrase, "the passphrase is empty",
                      "write one into a file and give it with --passphrase-file");
  if (passphrase.size() > base::limits::passphrase_bytes_max)
    return base::fail(errors::bad_passphrase, fmt::format("the passphrase is longer than {} bytes",
                                                          base::limits::passphrase_bytes_max));
  return {};
}

base::Result<Credential> open_any_slot(const KeyFile& file, std::string_view home_id,
                                       const base::SecretBytes& text) {
  auto recovery_key = parse_recovery_key(text.text());
  bool usable = !text.empty() && text.size() <= base::limits::passphrase_bytes_max;
  for (const Slot& slot : file.slots) {
    bool wants_recovery_key = slot.kind == SlotKind::recovery_key;
    if (wants_recovery_key ? !recovery_key.has_value() : !usable) continue;
    auto opened = open_slot(slot, home_id, wants_recovery_key ? recovery_key->view() : text.view());
    if (opened) return opened;
    if (!opened.error().is(crypto::errors::not_authentic)) return opened;
  }
  return base::fail(errors::wrong_passphrase, "the passphrase does not open this vault",
                    "check the passphrase file, or use the recovery key");
}

}  // namespace cloister::vault
