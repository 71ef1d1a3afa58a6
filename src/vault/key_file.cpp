// SPDX-License-Identifier: Apache-2.0
#include "key_file.hpp"

#include "cloister/crypto/aead.hpp"
#include "cloister/vault/errors.hpp"

#include "fields.hpp"
#include "vault_keys.hpp"

#include <fmt/format.h>

namespace cloister::vault {
namespace {

namespace json = wire::json;

constexpr std::string_view format_name = "cloister-keys";
// A damaged file must not make us compute for minutes: passes times memory.
constexpr std::uint64_t work_kib_max = 8u << 20;

std::unexpected<base::Error> damaged(std::string_view what) {
  return base::fail(errors::damaged, fmt::format("vault/keys is damaged: {}", what),
                    "restore it from a backup of this home");
}

std::string_view kind_text(SlotKind kind) {
  return kind == SlotKind::passphrase ? "passphrase" : "recovery-key";
}

// What the sealed secret of a slot is bound to: everything of the slot but what is sealed.
json::object public_part(const Slot& slot) {
  return {{"name", slot.name},
          {"kind", kind_text(slot.kind)},
          {"created", base::to_rfc3339(slot.created)},
          {"public", base::to_base64(slot.public_key)},
          {"salt", base::to_base64(slot.salt)},
          {"passes", slot.cost.passes},
          {"memory_kib", slot.cost.memory_kib}};
}

base::Bytes slot_context(const Slot& slot, std::string_view home_id) {
  base::Bytes context = seal_context("slot", home_id);
  base::Bytes binding = base::to_bytes("\n" + wire::canonical_json(public_part(slot)));
  context.insert(context.end(), binding.begin(), binding.end());
  return context;
}

json::object body_of(const KeyFile& file, std::string_view home_id) {
  json::array slots;
  for (const Slot& slot : file.slots) {
    json::object object = public_part(slot);
    object["secret"] = base::to_base64(slot.secret);
    object["master"] = base::to_base64(slot.master);
    slots.push_back(std::move(object));
  }
  return {{"format", format_name},
          {"version", 1},
          {"home", home_id},
          {"generation", file.generation},
          {"slots", std::move(slots)},
          {"secrets", base::to_base64(file.secrets)},
          {"pending", base::to_base64(file.pending)}};
}

base::Bytes signed_message(const json::object& body) {
  return base::to_bytes("cloister/keys/1\n" + wire::canonical_json(body));
}

std::string text_of(json::object body, const crypto::Signature& signature) {
  body["signature"] = base::to_base64(signature);
  return wire::canonical_json(body) + "\n";
}

base::Result<Slot> read_slot(const json::object& object) {
  Slot slot;
  CLOISTER_TRY(slot.name, wire::text_field(object, "name"));
  CLOISTER_TRY(std::string kind, wire::text_field(object, "kind"));
  if (kind != kind_text(SlotKind::passphrase) && kind != kind_text(SlotKind::recovery_key))
    return bad_field("kind");
  slot.kind =
      kind == kind_text(SlotKind::passphrase) ? SlotKind::passphrase : SlotKind::recovery_key;
  CLOISTER_TRY(slot.created, time_field(object, "created"));
  CLOISTER_TRY(slot.public_key, array_of_field<32>(object, "public"));
  CLOISTER_TRY(slot.salt, bytes_field(object, "salt"));
  CLOISTER_TRY(std::uint64_t passes, counter_field(object, "passes"));
  CLOISTER_TRY(std::uint64_t memory_kib, counter_field(object, "memory_kib"));
  if (passes > 64 || memory_kib > (2u << 20) || passes * memory_kib > work_kib_max)
    return bad_field("passes");
  slot.cost = {static_cast<std::uint32_t>(passes), static_cast<std::uint32_t>(memory_kib)};
  CLOISTER_TRY(slot.secret, bytes_field(object, "secret"));
  CLOISTER_TRY(slot.master, bytes_field(object, "master"));
  if (slot.name.empty() || slot.name.size() > 64) return bad_field("name");
  if (slot.salt.size() != crypto::passphrase_salt_bytes) return bad_field("salt");
  return slot;
}

base::Result<KeyFile> read_fields(const json::object& object, std::string_view home_id) {
  KeyFile file;
  CLOISTER_TRY(std::string home, wire::text_field(object, "home"));
  if (home != home_id) return bad_field("home");
  CLOISTER_TRY(file.generation, counter_field(object, "generation"));
  CLOISTER_TRY(const json::array* slots, wire::array_field(object, "slots"));
  if (slots->empty() || slots->size() > slots_max) return bad_field("slots");
  for (const json::value& value : *slots) {
    if (!value.is_object()) return bad_field("slots");
    CLOISTER_TRY(Slot slot, read_slot(value.get_object()));
    file.slots.push_back(std::move(slot));
  }
  CLOISTER_TRY(file.secrets, bytes_field(object, "secrets"));
  CLOISTER_TRY(file.pending, bytes_field(object, "pending"));
  CLOISTER_TRY(file.signature, array_of_field<64>(object, "signature"));
  return file;
}

base::Result<base::SecretBytes> slot_key(const Slot& slot, base::ByteView knowledge) {
  if (slot.kind == SlotKind::recovery_key)
    return crypto::hkdf_sha256(knowledge, slot.salt, base::as_bytes("cloister/recovery/1"),
                               crypto::key_bytes);
  return crypto::key_from_passphrase(knowledge, slot.salt, slot.cost);
}

}  // namespace

Credential Credential::clone() const {
  return {slot, {pair.public_key, pair.secret_key.clone()}, signing_key};
}

std::string to_text(KeyFile& file, std::string_view home_id, const crypto::SigningKey& key) {
  json::object body = body_of(file, home_id);
  file.signature = key.sign(signed_message(body));
  return text_of(std::move(body), file.signature);
}

base::Result<KeyFile> parse_key_file(std::string_view text, std::string_view home_id) {
  if (text.size() > key_file_bytes_max) return damaged("it is too large");
  auto object = wire::parse_json_object(text);
  if (!object) return damaged("it is not a JSON object");
  if (wire::text_or(*object, "format", "") != format_name) return damaged("it is of another kind");
  if (wire::integer_or(*object, "version", 0) != 1) return damaged("its version is not known");
  auto file = read_fields(*object, home_id);
  if (!file) return damaged(file.error().message);
  if (text_of(body_of(*file, home_id), file->signature) != text)
    return damaged("it is not in its canonical form");
  return file;
}

bool signature_fits(const KeyFile& file, std::string_view home_id, const crypto::VerifyKey& key) {
  return crypto::verify(key, signed_message(body_of(file, home_id)), file.signature);
}

base::Result<NewSlot> make_slot(const SlotRequest& request, std::string_view home_id,
                                const crypto::VerifyKey& signing_key, base::Random& random) {
  NewSlot made{{}, {request.name, crypto::BoxKeyPair::generate(random), signing_key}};
  Slot& slot = made.slot;
  slot.name = request.name;
  slot.kind = request.kind;
  slot.created = request.created;
  slot.public_key = made.credential.pair.public_key;
  auto salt = random.bytes<crypto::passphrase_salt_bytes>();
  slot.salt.assign(salt.begin(), salt.end());
  slot.cost = request.kind == SlotKind::passphrase ? request.cost : crypto::PassphraseCost{0, 0};
  CLOISTER_TRY(base::SecretBytes key, slot_key(slot, request.knowledge));
  base::SecretBytes content(64);
  std::ranges::copy(made.credential.pair.secret_key.view(), content.writable().begin());
  std::ranges::copy(signing_key, content.writable().begin() + 32);
  slot.secret = crypto::aead_seal(key, slot_context(slot, home_id), content.view(), random);
  return made;
}

void seal_master(Slot& slot, const base::SecretBytes& master) {
  slot.master = crypto::seal_to(slot.public_key, master.view());
}

base::Result<Credential> open_slot(const Slot& slot, std::string_view home_id,
                                   base::ByteView knowledge) {
  CLOISTER_TRY(base::SecretBytes key, slot_key(slot, knowledge));
  CLOISTER_TRY(base::SecretBytes content,
               crypto::aead_open(key, slot_context(slot, home_id), slot.secret));
  if (content.size() != 64) return damaged("a slot holds something else");
  Credential credential{
      slot.name,
      crypto::BoxKeyPair::from_secret(base::SecretBytes::copy_of(content.view().first(32))),
      {}};
  std::ranges::copy(content.view().subspan(32), credential.signing_key.begin());
  return credential;
}

}  // namespace cloister::vault
