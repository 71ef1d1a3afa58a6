// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/aead.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/wire/json.hpp"

#include "fields.hpp"
#include "vault_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::vault {
namespace {

struct OpenedSecrets {
  crypto::SigningKey signing;
  crypto::BoxKeyPair bodies;
};

base::Result<OpenedSecrets> open_secrets(const KeyFile& file, const VaultKeys& keys,
                                         std::string_view home_id) {
  auto content = crypto::aead_open(keys.secrets, seal_context("secrets", home_id), file.secrets);
  if (!content || content->size() != 64)
    return damaged_file("keys", "its sealed secrets do not open");
  return OpenedSecrets{
      crypto::SigningKey::from_seed(base::SecretBytes::copy_of(content->view().first(32))),
      crypto::BoxKeyPair::from_secret(base::SecretBytes::copy_of(content->view().subspan(32)))};
}

base::Result<std::optional<Rotation>> open_pending(const KeyFile& file, const VaultKeys& keys,
                                                   std::string_view home_id) {
  if (file.pending.empty()) return std::nullopt;
  auto content = crypto::aead_open(keys.pending, seal_context("pending", home_id), file.pending);
  if (!content || content->size() < 32) return damaged_file("keys", "its journal does not open");
  auto object = wire::parse_json_object(base::as_text(content->view().subspan(32)));
  if (!object) return damaged_file("keys", "its journal holds something else");
  CLOISTER_TRY(const wire::json::object* entry, wire::object_field(*object, "entry"));
  CLOISTER_TRY(const wire::json::array* removed, wire::array_field(*object, "removed"));
  Rotation rotation{VaultKeys(base::SecretBytes::copy_of(content->view().first(32))), {}};
  CLOISTER_TRY(rotation.change.entry, entry_from_json(*entry));
  for (const wire::json::value& file_id : *removed)
    if (file_id.is_string()) rotation.change.removed.emplace_back(file_id.get_string());
  return std::optional<Rotation>(std::move(rotation));
}

// Opens a sealed file under the current keys, or under those that a rotation is leaving.
template <typename Open>
auto open_under(const VaultKeys& keys, const std::optional<Rotation>& rotation,
                std::string_view file, bool& by_previous, Open open) -> decltype(open(keys)) {
  auto opened = open(keys);
  by_previous = false;
  if (!opened && rotation) {
    opened = open(rotation->previous);
    by_previous = opened.has_value();
  }
  if (!opened) return damaged_file(file, "it does not open with the vault's keys");
  return opened;
}

const Slot* slot_of(const KeyFile& file, const Credential& credential) {
  for (const Slot& slot : file.slots)
    if (slot.name == credential.slot && slot.public_key == credential.pair.public_key) return &slot;
  return nullptr;
}

base::Result<base::SecretBytes> open_master(const KeyFile& file, const Slot& slot,
                                            const Credential& credential,
                                            std::string_view home_id) {
  // SECURITY: only the passphrase leads to the key that signs this file: nobody else can bring in
  // a slot or a master key of their own (test: KeyFileOnDisk.AForeignMasterKeyIsRefused).
  if (!signature_fits(file, home_id, credential.signing_key))
    return damaged_file("keys", "its signature does not fit");
  auto master = crypto::open_sealed(credential.pair, slot.master);
  if (!master || master->size() != crypto::key_bytes)
    return damaged_file("keys", "the master key does not open");
  return master;
}

}  // namespace

std::unexpected<base::Error> damaged_file(std::string_view file, std::string_view what) {
  return base::fail(errors::damaged, fmt::format("vault/{} is damaged: {}", file, what),
                    "restore the home from a backup");
}

std::unexpected<base::Error> rolled_back(std::string_view what) {
  return base::fail(errors::rolled_back, fmt::format("the vault was rolled back: {}", what),
                    "somebody put back older files; restore a complete, newer copy of the home");
}

base::Result<base::Bytes> read_vault_file(const Place& place, const io::Path& path,
                                          std::uint64_t size_max) {
  auto bytes = io::read_file(place.services.disk, path, size_max);
  if (bytes ||
      !(bytes.error().is(io::errors::not_found) || bytes.error().is(io::errors::too_large)))
    return bytes;
  return base::fail(errors::damaged,
                    fmt::format("{} is {}", path.lexically_relative(place.folder).native(),
                                bytes.error().is(io::errors::not_found) ? "missing" : "too large"),
                    "restore the home from a backup");
}

base::Result<UnlockedVault> load_vault(const Place& place,
                                       const std::vector<Credential>& credentials) {
  const std::string& id = place.home.id;
  CLOISTER_TRY(base::Bytes key_bytes, read_vault_file(place, place.keys(), key_file_bytes_max));
  CLOISTER_TRY(KeyFile key_file, parse_key_file(base::as_text(key_bytes), id));
  const Slot* slot = nullptr;
  const Credential* credential = nullptr;
  for (const Credential& candidate : credentials) {
    slot = slot_of(key_file, candidate);
    credential = &candidate;
    if (slot != nullptr) break;
  }
  if (slot == nullptr) return damaged_file("keys", "the slot that was opened is gone");
  CLOISTER_TRY(base::SecretBytes master, open_master(key_file, *slot, *credential, id));
  VaultKeys keys(std::move(master));
  CLOISTER_TRY(OpenedSecrets secrets, open_secrets(key_file, keys, id));
  if (secrets.signing.verify_key() != place.home.signing_key ||
      secrets.bodies.public_key != place.home.ledger.bodies)
    return base::fail(errors::damaged, "home.json is not what belongs to this vault",
                      "restore it from a backup of this home");
  CLOISTER_TRY(std::optional<Rotation> rotation, open_pending(key_file, keys, id));

  UnlockedVault vault{.credential = credential->clone(),
                      .key_file = std::move(key_file),
                      .keys_hash = crypto::sha256(key_bytes),
                      .keys = std::move(keys),
                      .rotation = std::move(rotation),
                      .signing = std::move(secrets.signing),
                      .bodies = std::move(secrets.bodies)};
  CLOISTER_TRY(base::Bytes sealed, read_vault_file(place, place.catalogue(), catalogue_bytes_max));
  CLOISTER_TRY(
      vault.catalogue,
      open_under(vault.keys, vault.rotation, "catalogue", vault.catalogue_by_previous,
                 [&](const VaultKeys& under) { return open_catalogue(sealed, under, id); }));
  vault.catalogue_hash = crypto::sha256(sealed);
  CLOISTER_TRY(sealed, read_vault_file(place, place.epoch(), epoch_file_bytes_max));
  CLOISTER_TRY(vault.epochs,
               open_under(vault.keys, vault.rotation, "epoch", vault.epoch_by_previous,
                          [&](const VaultKeys& under) { return open_epochs(sealed, under, id); }));
  vault.epoch_hash = crypto::sha256(sealed);
  CLOISTER_TRY(sealed, read_vault_file(place, place.head(), head_bytes_max));
  CLOISTER_TRY(vault.head,
               open_under(vault.keys, vault.rotation, "head", vault.head_by_previous,
                          [&](const VaultKeys& under) { return open_head(sealed, under, id); }));
  return vault;
}

}  // namespace cloister::vault
