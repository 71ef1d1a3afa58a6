// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

#include "cloister/lab/errors.hpp"

#include "json_file.hpp"

#include <fmt/format.h>

namespace cloister::lab {
namespace {

std::unexpected<base::Error> no_schema(const std::string& id) {
  return base::fail(errors::not_found, fmt::format("Schema not found: {}", id));
}

std::string version_of(const io::Path& package_file) {
  auto package = read_json_file(package_file);
  return package ? wire::text_or(*package, "version", "N/A") : "N/A";
}

// Members of an override become the defaults of the schema's properties.
void override_defaults(json::object& schema, const json::object& overrides) {
  if (!schema["properties"].is_object()) schema["properties"] = json::object();
  json::object& properties = schema["properties"].get_object();
  for (const auto& [key, value] : overrides) {
    if (!properties[key].is_object()) properties[key] = json::object();
    json::value& standard = properties[key].get_object()["default"];
    if (standard.is_object() && value.is_object())
      merge(standard.get_object(), value.get_object());
    else
      standard = value;
  }
}

// Plugins with a schema in `folder`, which is that of one package.
void add_ids(const io::Path& folder, const std::string& package, std::set<std::string>& ids) {
  auto names = io::list_folder(folder);
  if (!names) return;
  for (const std::string& name : *names)
    if (name.ends_with(".json")) ids.insert(package + ":" + name.substr(0, name.size() - 5));
}

void add_scoped(const io::Path& folder, const std::function<void(const std::string&)>& found) {
  auto scopes = io::list_folder(folder);
  if (!scopes) return;
  for (const std::string& scope : *scopes) {
    if (!scope.starts_with('@')) {
      found(scope);
    } else if (auto names = io::list_folder(folder / scope)) {
      for (const std::string& name : *names) found(fmt::format("{}/{}", scope, name));
    }
  }
}

}  // namespace

base::Result<std::pair<std::string, std::string>> split_id(const std::string& id) {
  std::size_t colon = id.find(':');
  if (colon == id.npos || !is_plain_relative(id.substr(0, colon)) ||
      !is_plain_relative(id.substr(colon + 1)) || id.find('/', colon) != id.npos)
    return no_schema(id);
  return std::pair(id.substr(0, colon), id.substr(colon + 1));
}

json::object read_overrides(const LabFolders& folders) {
  json::object overrides;
  if (auto own = read_json_file(folders.app / "settings/overrides.json")) merge(overrides, *own);
  for (const io::Path& folder : folders.configuration)
    if (auto more = read_json_file(folder / "labconfig/default_setting_overrides.json"))
      merge(overrides, *more);
  return overrides;
}

base::Result<PluginSchema> find_schema(const LabFolders& folders, const std::string& id,
                                       const json::object& overrides) {
  CLOISTER_TRY(auto name, split_id(id));
  const auto& [package, plugin] = name;
  PluginSchema found;
  bool there = false;
  for (const io::Path& folder : folders.labextensions) {
    auto schema = read_json_file(folder / package / "schemas" / package / (plugin + ".json"));
    if (!schema) continue;
    found = {.schema = std::move(*schema),
             .version = version_of(folder / package / "package.json")};
    there = true;
    break;
  }
  if (!there) {
    auto schema = read_json_file(folders.app / "schemas" / package / (plugin + ".json"));
    if (!schema) return no_schema(id);
    found = {.schema = std::move(*schema),
             .version = version_of(folders.app / "schemas" / package / "package.json.orig")};
  }
  if (const json::value* own = overrides.if_contains(id); own != nullptr && own->is_object())
    override_defaults(found.schema, own->get_object());
  return found;
}

std::set<std::string> schema_ids(const LabFolders& folders) {
  std::set<std::string> ids;
  add_scoped(folders.app / "schemas", [&](const std::string& package) {
    add_ids(folders.app / "schemas" / package, package, ids);
  });
  for (const io::Path& folder : folders.labextensions)
    add_scoped(folder, [&](const std::string& package) {
      add_ids(folder / package / "schemas" / package, package, ids);
    });
  return ids;
}

}  // namespace cloister::lab
