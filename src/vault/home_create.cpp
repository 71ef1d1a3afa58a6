// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/limits.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/vault/recovery_key.hpp"

#include "ownership.hpp"
#include "passphrase.hpp"
#include "vault_state.hpp"

#include <fmt/format.h>

namespace cloister::vault {
namespace {

base::Outcome check_folder(const io::Path& folder) {
  if (!io::exists(folder)) return {};
  CLOISTER_TRY(std::vector<std::string> names, io::list_folder(folder));
  // The caller's lock lies in run/ before the home does.
  std::erase(names, "run");
  if (names.empty()) return {};
  bool unfinished = !io::exists(folder / "home.json") && io::exists(folder / "vault");
  return base::fail(
      errors::not_empty, fmt::format("{} is not empty", folder.native()),
      unfinished ? "an earlier init did not come to its end here: remove the folder, then try again"
                 : "choose an empty or new folder");
}

base::Outcome make_folders(const Place& place) {
  io::Disk& disk = place.services.disk;
  CLOISTER_TRY_DO(disk.make_folder(place.folder, 0700));
  for (const char* name :
       {"vault", "vault/datasets", "vault/staging", "workspace", "run", "cache", "logs"})
    CLOISTER_TRY_DO(disk.make_folder(place.folder / name, 0700));
  CLOISTER_TRY_DO(give_to_worker(place.folder / "workspace"));
  CLOISTER_TRY_DO(disk.sync_folder(place.vault()));
  return disk.sync_folder(place.folder);
}

struct NewHome {
  HomeFile home;
  crypto::SigningKey signing;
  crypto::BoxKeyPair bodies;
  Epoch epoch;
};

NewHome new_home(Services services, const std::string& owner) {
  NewHome made{{},
               crypto::SigningKey::generate(services.random),
               crypto::BoxKeyPair::generate(services.random),
               {{0, crypto::SigningKey::generate(services.random)}, 0, services.clock.now()}};
  made.home.id = base::random_id(services.random);
  made.home.owner = owner;
  made.home.created = services.clock.now();
  made.home.ledger = {"cloister/" + made.home.id, made.epoch.key.key.verify_key(),
                      made.bodies.public_key};
  made.home.signing_key = made.signing.verify_key();
  return made;
}

struct Opening {
  const base::SecretBytes& passphrase;
  std::string* recovery_key;
  crypto::PassphraseCost cost;
};

base::Result<std::vector<NewSlot>> make_slots(const Place& place, const Opening& opening) {
  base::Random& random = place.services.random;
  std::vector<NewSlot> slots;
  SlotRequest request{"owner", SlotKind::passphrase, place.home.created, opening.passphrase.view(),
                      opening.cost};
  CLOISTER_TRY(NewSlot owner, make_slot(request, place.home.id, place.home.signing_key, random));
  slots.push_back(std::move(owner));
  if (opening.recovery_key == nullptr) return slots;
  base::SecretBytes key = crypto::new_key(random);
  request = {"recovery", SlotKind::recovery_key, place.home.created, key.view(), {}};
  CLOISTER_TRY(NewSlot recovery, make_slot(request, place.home.id, place.home.signing_key, random));
  slots.push_back(std::move(recovery));
  *opening.recovery_key = recovery_key_text(key);
  return slots;
}

base::Outcome write_vault(const Place& place, NewHome made, std::vector<NewSlot> slots,
                          ledger::Ledger& ledger) {
  io::Disk& disk = place.services.disk;
  base::Random& random = place.services.random;
  const std::string& id = place.home.id;
  VaultKeys keys(crypto::new_key(random));
  KeyFile key_file;
  key_file.generation = 1;
  for (NewSlot& slot : slots) {
    seal_master(slot.slot, keys.master);
    key_file.slots.push_back(std::move(slot.slot));
  }
  key_file.secrets = seal_secrets(keys, id, made.signing, made.bodies, random);
  std::string key_text = to_text(key_file, id, made.signing);
  UnlockedVault vault{.credential = std::move(slots.front().credential),
                      .key_file = std::move(key_file),
                      .keys_hash = crypto::sha256(base::as_bytes(key_text)),
                      .keys = std::move(keys),
                      .rotation = std::nullopt,
                      .signing = std::move(made.signing),
                      .bodies = std::move(made.bodies)};
  CLOISTER_TRY_DO(io::replace_file(disk, place.keys(), base::as_bytes(key_text)));
  vault.epochs.epochs.push_back(std::move(made.epoch));
  base::Bytes sealed = seal_epochs(vault.epochs, vault.keys, id, random);
  vault.epoch_hash = crypto::sha256(sealed);
  CLOISTER_TRY_DO(io::replace_file(disk, place.epoch(), sealed));
  Catalogue catalogue;
  catalogue.change.entry.kind = "init";
  catalogue.change.entry.who = place.home.owner;
  bool touched = false;
  CLOISTER_TRY_DO(write_change(place, vault, ledger, std::move(catalogue), touched));
  return write_checkpoint(place, vault, ledger, touched);
}

}  // namespace

base::Result<HomeInfo> Home::create(Services services, const io::Path& folder,
                                    const std::string& owner, const base::SecretBytes& passphrase,
                                    std::string* recovery_key, crypto::PassphraseCost cost) {
  CLOISTER_TRY_DO(check_new_passphrase(passphrase));
  if (owner.empty() || owner.size() > 128)
    return base::fail(errors::bad_name, "the owner's name is empty or too long", "1 to 128 bytes");
  CLOISTER_TRY_DO(check_folder(folder));
  NewHome made = new_home(services, owner);
  Place place{services, folder, made.home, {}};
  std::string home_text = to_text(place.home);
  place.home_hash = crypto::sha256(base::as_bytes(home_text));
  CLOISTER_TRY(std::vector<NewSlot> slots, make_slots(place, {passphrase, recovery_key, cost}));
  CLOISTER_TRY_DO(make_folders(place));
  ledger::Environment environment{services.disk, services.clock, services.random};
  CLOISTER_TRY_DO(
      ledger::Ledger::create(environment, folder / "ledger", place.home.ledger, made.epoch.key));
  CLOISTER_TRY(std::unique_ptr<ledger::Ledger> ledger,
               ledger::Ledger::open(environment, folder / "ledger", place.home.ledger));
  CLOISTER_TRY_DO(write_vault(place, std::move(made), std::move(slots), *ledger));
  // Last: a folder without home.json is no home.
  CLOISTER_TRY_DO(
      io::replace_file(services.disk, folder / "home.json", base::as_bytes(home_text), 0600));
  return HomeInfo{place.home.id, owner,
                  note_verifier_key(place.home.ledger.origin, place.home.ledger.first_epoch),
                  place.home.created};
}

}  // namespace cloister::vault
