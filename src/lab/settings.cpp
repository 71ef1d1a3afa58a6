// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/settings.hpp"

#include "cloister/lab/errors.hpp"
#include "cloister/wire/json5.hpp"

#include "json_file.hpp"
#include "schema_check.hpp"
#include "settings_schema.hpp"

#include <fmt/format.h>

namespace cloister::lab {
namespace {

io::Path file_of(const LabFolders& folders, const std::string& id) {
  std::size_t colon = id.find(':');
  return folders.user_settings / id.substr(0, colon) /
         (id.substr(colon + 1) + ".jupyterlab-settings");
}

// What a person changed: the text as it is, and its value when it is valid.
void add_changes(json::object& into, const io::Path& file, const std::string& id,
                 const json::object& schema) {
  io::SystemDisk disk;
  into["raw"] = "{}";
  into["settings"] = json::object();
  add_times(into, file);
  auto bytes = io::read_file(disk, file, json_file_bytes_max);
  if (!bytes) return;
  into["raw"] = base::as_text(*bytes);
  auto value = wire::parse_json5(base::as_text(*bytes));
  base::Outcome fits = value ? check_schema(schema, *value) : std::unexpected(value.error());
  if (fits)
    into["settings"] = std::move(*value);
  else
    into["warning"] = fmt::format("Failed validating settings ({}): {}", id, fits.error().message);
}

base::Result<json::object> describe(const LabFolders& folders, const std::string& id,
                                    const json::object& overrides) {
  CLOISTER_TRY(PluginSchema found, find_schema(folders, id, overrides));
  json::object about{{"id", id}, {"version", found.version}};
  add_changes(about, file_of(folders, id), id, found.schema);
  about["schema"] = std::move(found.schema);
  return about;
}

}  // namespace

json::object list_settings(const LabFolders& folders, bool ids_only) {
  json::array list;
  json::object overrides = read_overrides(folders);
  for (const std::string& id : schema_ids(folders)) {
    if (ids_only)
      list.push_back(json::object{{"id", id}});
    else if (auto about = describe(folders, id, overrides))
      list.push_back(std::move(*about));
  }
  return {{"settings", std::move(list)}};
}

base::Result<json::object> get_settings(const LabFolders& folders, const std::string& id) {
  return describe(folders, id, read_overrides(folders));
}

base::Outcome put_settings(const LabFolders& folders, io::Disk& disk, const std::string& id,
                           const std::string& raw) {
  CLOISTER_TRY(PluginSchema found, find_schema(folders, id, read_overrides(folders)));
  auto value = wire::parse_json5(raw);
  if (!value)
    return base::fail(errors::bad_request,
                      fmt::format("the settings are {}", value.error().message));
  CLOISTER_TRY_DO(check_schema(found.schema, *value));
  io::Path file = file_of(folders, id);
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  return io::replace_file(disk, file, base::as_bytes(raw));
}

}  // namespace cloister::lab
