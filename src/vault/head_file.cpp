// SPDX-License-Identifier: Apache-2.0
#include "head_file.hpp"

#include "cloister/crypto/aead.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/wire/json.hpp"

#include "fields.hpp"

#include <fmt/format.h>

namespace cloister::vault {
namespace {

namespace json = wire::json;

base::Result<Head> read_fields(const json::object& object) {
  Head head;
  if (wire::text_or(object, "format", "") != "cloister-head") return bad_field("format");
  if (wire::integer_or(object, "version", 0) != 1) return bad_field("version");
  CLOISTER_TRY(head.ledger_size, counter_field(object, "ledger_size"));
  CLOISTER_TRY(head.ledger_root, hash_field(object, "ledger_root"));
  CLOISTER_TRY(head.checkpoints, counter_field(object, "checkpoints"));
  CLOISTER_TRY(head.epoch, counter_field(object, "epoch"));
  CLOISTER_TRY(head.catalogue_generation, counter_field(object, "catalogue_generation"));
  CLOISTER_TRY(head.catalogue_hash, hash_field(object, "catalogue_hash"));
  CLOISTER_TRY(head.keys_generation, counter_field(object, "keys_generation"));
  CLOISTER_TRY(head.keys_hash, hash_field(object, "keys_hash"));
  CLOISTER_TRY(head.epoch_hash, hash_field(object, "epoch_hash"));
  CLOISTER_TRY(head.home_hash, hash_field(object, "home_hash"));
  return head;
}

}  // namespace

base::Bytes seal_head(const Head& head, const VaultKeys& keys, std::string_view home_id,
                      base::Random& random) {
  std::string text =
      wire::canonical_json(json::object{{"format", "cloister-head"},
                                        {"version", 1},
                                        {"ledger_size", head.ledger_size},
                                        {"ledger_root", base::to_hex(head.ledger_root)},
                                        {"checkpoints", head.checkpoints},
                                        {"epoch", head.epoch},
                                        {"catalogue_generation", head.catalogue_generation},
                                        {"catalogue_hash", base::to_hex(head.catalogue_hash)},
                                        {"keys_generation", head.keys_generation},
                                        {"keys_hash", base::to_hex(head.keys_hash)},
                                        {"epoch_hash", base::to_hex(head.epoch_hash)},
                                        {"home_hash", base::to_hex(head.home_hash)}});
  return crypto::aead_seal(keys.head, seal_context("head", home_id), base::as_bytes(text), random);
}

base::Result<Head> open_head(base::ByteView sealed, const VaultKeys& keys,
                             std::string_view home_id) {
  CLOISTER_TRY(base::SecretBytes content,
               crypto::aead_open(keys.head, seal_context("head", home_id), sealed));
  auto object = wire::parse_json_object(content.text());
  if (!object) return base::fail(errors::damaged, "vault/head holds no JSON object");
  auto head = read_fields(*object);
  if (!head)
    return base::fail(errors::damaged, fmt::format("vault/head: {}", head.error().message));
  return head;
}

}  // namespace cloister::vault
