// SPDX-License-Identifier: Apache-2.0
// Where the schema of a plugin comes from, with the overrides that an installation makes.
#pragma once

#include "cloister/lab/folders.hpp"
#include "cloister/wire/json.hpp"

#include <set>

namespace cloister::lab {

struct PluginSchema {
  boost::json::object schema;
  std::string version;  // of the package that brought it
};

// Defaults of an installation, over all plugins: settings/overrides.json of the front end, then
// labconfig/default_setting_overrides.json.
boost::json::object read_overrides(const LabFolders& folders);

base::Result<PluginSchema> find_schema(const LabFolders& folders, const std::string& id,
                                       const boost::json::object& overrides);

// All ids that have a schema.
std::set<std::string> schema_ids(const LabFolders& folders);

// "@scope/package:plugin" → "@scope/package", "plugin"; lab.not-found for what is no such name.
base::Result<std::pair<std::string, std::string>> split_id(const std::string& id);

}  // namespace cloister::lab
