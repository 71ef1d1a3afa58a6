// SPDX-License-Identifier: Apache-2.0
// The page of the application: the page config and the HTML around it.
#pragma once

#include "cloister/lab/extensions.hpp"

#include <string>

namespace cloister::lab {

// What the config of one page depends on besides the folders.
struct PageRequest {
  std::string base_url = "/";  // begins and ends with a slash
  std::string token;           // "" in a page that has the cookie
  bool single_document = false;
  std::string workspace = "default";
  std::string tree_path;
  std::string not_found_url;  // an address below /lab that is none
  bool terminals = false;
  bool quit_button = false;
  std::string root_name;  // what people see as the root: never a path of the host
};

json::object page_config(const LabFolders& folders, const PageRequest& request);

// The HTML of the page. The name of the main script is read from the wheel's own index page.
base::Result<std::string> index_page(const LabFolders& folders, const PageRequest& request);

// JSON that may stand in a script element: <, >, & and ' as \u escapes.
std::string json_for_script(const json::value& value);

}  // namespace cloister::lab
