// SPDX-License-Identifier: Apache-2.0
// Prebuilt ("federated") extensions: folders with a package.json that the front end loads by
// itself.
#pragma once

#include "cloister/lab/folders.hpp"
#include "cloister/wire/json.hpp"

#include <string>
#include <vector>

namespace cloister::lab {

namespace json = boost::json;

struct Extension {
  std::string name;  // of the npm package
  std::string version;
  io::Path folder;
  json::object build;       // jupyterlab._build: load, extension, mimeExtension, style
  json::object disables;    // jupyterlab.disabledExtensions as name → flag
  std::string server_half;  // the Python module that it needs and that does not run here, or ""
};

// In the order of the folders; the first of equal names wins. What has no `_build.load`, or a name
// that does not fit its folder, is left out.
std::vector<Extension> find_extensions(const LabFolders& folders);

// The page config's `federated_extensions`.
json::array federated(const std::vector<Extension>& extensions);

// The page config's `disabledExtensions`: ours, the front end's and the extensions' own, then
// labconfig/page_config.json, which can switch one on again. Names are `package` or
// `package:plugin`.
json::array disabled_extensions(const LabFolders& folders,
                                const std::vector<Extension>& extensions);

}  // namespace cloister::lab
