// SPDX-License-Identifier: Apache-2.0
#include "cloister/vault/home_file.hpp"

#include "cloister/crypto/hash.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/wire/json.hpp"

#include "fields.hpp"

#include <fmt/format.h>

namespace cloister::vault {
namespace {

constexpr std::string_view format_name = "cloister-home";

std::unexpected<base::Error> damaged(std::string_view what) {
  return base::fail(errors::damaged, fmt::format("home.json is damaged: {}", what),
                    "restore it from a backup of this home");
}

base::Result<HomeFile> read_fields(const wire::json::object& object) {
  HomeFile home;
  CLOISTER_TRY(home.id, id_field(object, "id"));
  CLOISTER_TRY(home.owner, wire::text_field(object, "owner"));
  CLOISTER_TRY(home.created, time_field(object, "created"));
  CLOISTER_TRY(home.ledger.origin, wire::text_field(object, "origin"));
  CLOISTER_TRY(home.ledger.first_epoch, array_of_field<32>(object, "first_epoch"));
  CLOISTER_TRY(home.ledger.bodies, array_of_field<32>(object, "bodies"));
  CLOISTER_TRY(home.signing_key, array_of_field<32>(object, "signing_key"));
  return home;
}

}  // namespace

std::string note_verifier_key(const std::string& name, const crypto::VerifyKey& key) {
  constexpr std::array<std::byte, 1> ed25519{std::byte{1}};
  crypto::Hash hash = crypto::sha256({base::as_bytes(name), base::as_bytes("\n"), ed25519, key});
  base::Bytes encoded(ed25519.begin(), ed25519.end());
  encoded.insert(encoded.end(), key.begin(), key.end());
  return fmt::format("{}+{}+{}", name, base::to_hex(base::ByteView(hash).first(4)),
                     base::to_base64(encoded));
}

std::string to_text(const HomeFile& home) {
  return wire::canonical_json(wire::json::object{
             {"bodies", base::to_base64(home.ledger.bodies)},
             {"created", base::to_rfc3339(home.created)},
             {"first_epoch", base::to_base64(home.ledger.first_epoch)},
             {"format", format_name},
             {"id", home.id},
             {"ledger_key", note_verifier_key(home.ledger.origin, home.ledger.first_epoch)},
             {"origin", home.ledger.origin},
             {"owner", home.owner},
             {"signing_key", base::to_base64(home.signing_key)},
             {"version", 1},
         }) +
         "\n";
}

base::Result<HomeFile> parse_home_file(std::string_view text) {
  if (text.size() > home_file_bytes_max) return damaged("it is too large");
  auto object = wire::parse_json_object(text);
  if (!object) return damaged("it is not a JSON object");
  if (wire::text_or(*object, "format", "") != format_name) return damaged("it is of another kind");
  if (wire::integer_or(*object, "version", 0) != 1) return damaged("its version is not known");
  auto home = read_fields(*object);
  if (!home) return damaged(home.error().message);
  if (home->owner.empty() || home->owner.size() > 128)
    return damaged("the owner's name is missing");
  if (home->ledger.origin != "cloister/" + home->id) return damaged("its ledger is another home's");
  // Exactly one text stands for one home: nothing can hide in white space or further fields.
  if (to_text(*home) != text) return damaged("it is not in its canonical form");
  return home;
}

}  // namespace cloister::vault
