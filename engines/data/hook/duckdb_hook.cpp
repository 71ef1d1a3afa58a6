// SPDX-License-Identifier: Apache-2.0
#include "hook/duckdb_hook.hpp"

#include "hook/cipher.hpp"
#include "hook/descriptor_file_system.hpp"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/main/capi/capi_internal.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/parser/parsed_data/drop_info.hpp>

#include <algorithm>

namespace cloister::data {
namespace {

duckdb::DatabaseInstance& instance_of(duckdb_database database) {
  return *reinterpret_cast<duckdb::DatabaseWrapper*>(database)->database->instance;
}

struct EntryName {
  std::string name;
  duckdb::CatalogType type;
};

std::vector<EntryName> entries_of(duckdb::ClientContext& context,
                                  duckdb::SchemaCatalogEntry& schema, duckdb::CatalogType type) {
  std::vector<EntryName> names;
  schema.Scan(context, type,
              [&](duckdb::CatalogEntry& entry) { names.push_back({entry.name, entry.type}); });
  return names;
}

// Of one kind, macros of that kind included.
void drop_all(duckdb::ClientContext& context, duckdb::CatalogType type,
              std::span<const std::string_view> kept) {
  auto& catalog = duckdb::Catalog::GetSystemCatalog(context);
  for (const char* name : {"main", "pg_catalog"}) {
    auto& schema = catalog.GetSchema(context, name);
    for (const EntryName& entry : entries_of(context, schema, type)) {
      if (std::ranges::find(kept, entry.name) != kept.end()) continue;
      duckdb::DropInfo info;
      info.type = entry.type;
      info.catalog = "system";
      info.schema = name;
      info.name = entry.name;
      info.allow_drop_internal = true;
      info.if_not_found = duckdb::OnEntryNotFound::RETURN_NULL;
      catalog.DropEntry(context, info);
    }
  }
}

}  // namespace

const char* header_version() {
  return "v1.5.5";  // of the lock file
}

void install(duckdb_database database, std::shared_ptr<DescriptorFiles> files) {
  duckdb::DatabaseInstance& instance = instance_of(database);
  // Set after opening: a value that was in the configuration before is not copied.
  instance.config.encryption_util = cipher();
  instance.GetFileSystem().RegisterSubSystem(
      duckdb::make_uniq<DescriptorFileSystem>(std::move(files)));
}

std::string strip_functions(duckdb_connection connection, std::span<const std::string_view> kept) {
  auto& context = *reinterpret_cast<duckdb::Connection*>(connection)->context;
  try {
    context.RunFunctionInTransaction([&] {
      drop_all(context, duckdb::CatalogType::TABLE_FUNCTION_ENTRY, kept);
      drop_all(context, duckdb::CatalogType::COPY_FUNCTION_ENTRY, {});
      drop_all(context, duckdb::CatalogType::PRAGMA_FUNCTION_ENTRY, {});
    });
    auto& config = duckdb::DBConfig::GetConfig(context);
    config.replacement_scans.clear();
    config.options.allowed_paths.clear();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

std::string value_text(duckdb_vector vector, idx_t row) {
  return reinterpret_cast<duckdb::Vector*>(vector)->GetValue(row).ToString();
}

}  // namespace cloister::data
