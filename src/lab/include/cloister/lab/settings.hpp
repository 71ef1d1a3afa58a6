// SPDX-License-Identifier: Apache-2.0
// The settings of JupyterLab's plugins: schemas, overrides, and what a person changed.
#pragma once

#include "cloister/lab/folders.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::lab {

namespace json = boost::json;

// {"settings": [{id, schema, version, raw, settings, last_modified, created, warning?}, …]}, by id.
json::object list_settings(const LabFolders& folders, bool ids_only);

// `id` is "@scope/package:plugin". lab.not-found when there is no such schema.
base::Result<json::object> get_settings(const LabFolders& folders, const std::string& id);

// `raw` is JSON5 that fits the schema (draft 7), else lab.bad-request and nothing changes.
base::Outcome put_settings(const LabFolders& folders, io::Disk& disk, const std::string& id,
                           const std::string& raw);

}  // namespace cloister::lab
