// SPDX-License-Identifier: Apache-2.0
#include "catalogue_file.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/vault/errors.hpp"

#include "fields.hpp"

#include <fmt/format.h>

namespace cloister::vault {
namespace {

namespace json = wire::json;

constexpr std::string_view format_name = "cloister-catalogue";

std::unexpected<base::Error> damaged(std::string_view what) {
  return base::fail(errors::damaged, fmt::format("vault/catalogue is damaged: {}", what),
                    "restore the home from a backup");
}

json::array texts(const std::vector<std::string>& list) {
  json::array array;
  for (const std::string& text : list) array.emplace_back(text);
  return array;
}

base::Result<std::vector<std::string>> texts_field(const json::object& object,
                                                   std::string_view name) {
  CLOISTER_TRY(const json::array* array, wire::array_field(object, name));
  std::vector<std::string> list;
  for (const json::value& value : *array) {
    if (!value.is_string()) return bad_field(name);
    list.emplace_back(value.get_string());
  }
  return list;
}

json::object version_to_json(const StoredVersion& stored) {
  const DatasetVersion& version = stored.version;
  json::array columns;
  for (const Column& column : version.columns)
    columns.push_back(json::array{column.name, column.type});
  return {{"dataset", version.dataset},
          {"version", version.version},
          {"file_id", version.file_id},
          {"dataset_id", version.dataset_id},
          {"rows", version.rows},
          {"columns", std::move(columns)},
          {"bytes_in", version.bytes_in},
          {"bytes_stored", version.bytes_stored},
          {"root", base::to_hex(version.root)},
          {"created", base::to_rfc3339(version.created)},
          {"description", version.description},
          {"lineage", texts(version.lineage)},
          {"key", base::to_base64(stored.wrapped_key)}};
}

base::Result<std::vector<Column>> columns_field(const json::object& object) {
  CLOISTER_TRY(const json::array* array, wire::array_field(object, "columns"));
  std::vector<Column> columns;
  columns.reserve(array->size());
  for (const json::value& value : *array) {
    const json::array* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
      return bad_field("columns");
    columns.push_back({std::string((*pair)[0].get_string()), std::string((*pair)[1].get_string())});
  }
  return columns;
}

base::Result<StoredVersion> version_from_json(const json::object& object) {
  StoredVersion stored;
  DatasetVersion& version = stored.version;
  CLOISTER_TRY(version.dataset, wire::text_field(object, "dataset"));
  CLOISTER_TRY(version.version, counter_field(object, "version"));
  CLOISTER_TRY(version.file_id, id_field(object, "file_id"));
  CLOISTER_TRY(version.dataset_id, id_field(object, "dataset_id"));
  CLOISTER_TRY(version.rows, counter_field(object, "rows"));
  CLOISTER_TRY(version.columns, columns_field(object));
  CLOISTER_TRY(version.bytes_in, counter_field(object, "bytes_in"));
  CLOISTER_TRY(version.bytes_stored, counter_field(object, "bytes_stored"));
  CLOISTER_TRY(version.root, hash_field(object, "root"));
  CLOISTER_TRY(version.created, time_field(object, "created"));
  CLOISTER_TRY(version.description, wire::text_field(object, "description"));
  CLOISTER_TRY(version.lineage, texts_field(object, "lineage"));
  CLOISTER_TRY(stored.wrapped_key, bytes_field(object, "key"));
  return stored;
}

json::object destroyed_to_json(const Destroyed& destroyed) {
  return {{"dataset", destroyed.dataset},
          {"version", destroyed.version},
          {"file_id", destroyed.file_id},
          {"time", base::to_rfc3339(destroyed.time)},
          {"shredded", destroyed.shredded}};
}

base::Result<Destroyed> destroyed_from_json(const json::object& object) {
  Destroyed destroyed;
  CLOISTER_TRY(destroyed.dataset, wire::text_field(object, "dataset"));
  CLOISTER_TRY(destroyed.version, counter_field(object, "version"));
  CLOISTER_TRY(destroyed.file_id, id_field(object, "file_id"));
  CLOISTER_TRY(destroyed.time, time_field(object, "time"));
  destroyed.shredded = wire::flag(object, "shredded");
  return destroyed;
}

template <typename Item, typename Read>
base::Result<std::vector<Item>> list_field(const json::object& object, std::string_view name,
                                           Read read) {
  CLOISTER_TRY(const json::array* array, wire::array_field(object, name));
  std::vector<Item> items;
  items.reserve(array->size());
  for (const json::value& value : *array) {
    if (!value.is_object()) return bad_field(name);
    CLOISTER_TRY(Item item, read(value.get_object()));
    items.push_back(std::move(item));
  }
  return items;
}

base::Result<Catalogue> read_fields(const json::object& object) {
  Catalogue catalogue;
  if (wire::text_or(object, "format", "") != format_name) return bad_field("format");
  if (wire::integer_or(object, "version", 0) != 1) return bad_field("version");
  CLOISTER_TRY(catalogue.generation, counter_field(object, "generation"));
  CLOISTER_TRY(catalogue.keys_generation, counter_field(object, "keys_generation"));
  CLOISTER_TRY(catalogue.versions,
               list_field<StoredVersion>(object, "versions", version_from_json));
  CLOISTER_TRY(catalogue.destroyed,
               list_field<Destroyed>(object, "destroyed", destroyed_from_json));
  CLOISTER_TRY(const json::object* change, wire::object_field(object, "change"));
  CLOISTER_TRY(const json::object* entry, wire::object_field(*change, "entry"));
  CLOISTER_TRY(catalogue.change.entry, entry_from_json(*entry));
  CLOISTER_TRY(catalogue.change.removed, texts_field(*change, "removed"));
  return catalogue;
}

}  // namespace

json::object entry_to_json(const ledger::Entry& entry) {
  return {{"kind", entry.kind},       {"who", entry.who},           {"dataset", entry.dataset},
          {"purpose", entry.purpose}, {"decision", entry.decision}, {"detail", entry.detail}};
}

base::Result<ledger::Entry> entry_from_json(const json::object& object) {
  ledger::Entry entry;
  CLOISTER_TRY(entry.kind, wire::text_field(object, "kind"));
  CLOISTER_TRY(entry.who, wire::text_field(object, "who"));
  CLOISTER_TRY(entry.dataset, wire::text_field(object, "dataset"));
  CLOISTER_TRY(entry.purpose, wire::text_field(object, "purpose"));
  CLOISTER_TRY(entry.decision, wire::text_field(object, "decision"));
  CLOISTER_TRY(const json::object* detail, wire::object_field(object, "detail"));
  entry.detail = *detail;
  return entry;
}

base::Result<base::Bytes> seal_catalogue(const Catalogue& catalogue, const VaultKeys& keys,
                                         std::string_view home_id, base::Random& random) {
  json::array versions;
  for (const StoredVersion& stored : catalogue.versions)
    versions.push_back(version_to_json(stored));
  json::array destroyed;
  for (const Destroyed& one : catalogue.destroyed) destroyed.push_back(destroyed_to_json(one));
  std::string text = wire::canonical_json(
      json::object{{"format", format_name},
                   {"version", 1},
                   {"generation", catalogue.generation},
                   {"keys_generation", catalogue.keys_generation},
                   {"versions", std::move(versions)},
                   {"destroyed", std::move(destroyed)},
                   {"change", json::object{{"entry", entry_to_json(catalogue.change.entry)},
                                           {"removed", texts(catalogue.change.removed)}}}});
  if (text.size() > catalogue_bytes_max - crypto::aead_overhead_bytes)
    return base::fail(errors::too_large, "the vault's catalogue has no room for this",
                      "remove versions that are no longer needed (cloister data rm)");
  return crypto::aead_seal(keys.catalogue, seal_context("catalogue", home_id), base::as_bytes(text),
                           random);
}

base::Result<Catalogue> open_catalogue(base::ByteView sealed, const VaultKeys& keys,
                                       std::string_view home_id) {
  CLOISTER_TRY(base::SecretBytes content,
               crypto::aead_open(keys.catalogue, seal_context("catalogue", home_id), sealed));
  // Authenticated, so larger than what foreign JSON may be.
  json::parse_options options;
  options.max_depth = base::limits::json_depth_max;
  boost::system::error_code error;
  json::value value = json::parse(content.text(), error, {}, options);
  if (error || !value.is_object()) return damaged("it is not a JSON object");
  auto catalogue = read_fields(value.get_object());
  if (!catalogue) return damaged(catalogue.error().message);
  return catalogue;
}

}  // namespace cloister::vault
