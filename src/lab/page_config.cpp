// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/page.hpp"

#include "json_file.hpp"

#include <array>

namespace cloister::lab {
namespace {

struct Address {
  const char* key;       // also as "full" + key, with the base URL
  const char* relative;  // to the base URL
};

constexpr std::array addresses = std::to_array<Address>({
    {"appUrl", "lab"},
    {"treeUrl", "lab/tree"},
    {"staticUrl", "static/lab"},
    {"labextensionsUrl", "lab/extensions"},
    {"settingsUrl", "lab/api/settings"},
    {"workspacesApiUrl", "lab/api/workspaces"},
    {"themesUrl", "lab/api/themes"},
    {"translationsApiUrl", "lab/api/translations"},
    {"listingsUrl", "lab/api/listings"},
    {"licensesUrl", "lab/api/licenses"},
});

// Messages that do not count as somebody's activity (jupyter_server's default list).
constexpr std::array untracked{"comm_info_request",
                               "comm_info_reply",
                               "kernel_info_request",
                               "kernel_info_reply",
                               "shutdown_request",
                               "shutdown_reply",
                               "interrupt_request",
                               "interrupt_reply",
                               "debug_request",
                               "debug_reply",
                               "stream",
                               "display_data",
                               "update_display_data",
                               "execute_input",
                               "execute_result",
                               "error",
                               "status",
                               "clear_output",
                               "debug_event",
                               "input_request",
                               "input_reply"};

// As the front end itself says.
std::string version_of(const LabFolders& folders) {
  auto package = read_json_file(folders.app / "static/package.json");
  return package ? wire::text_or(*package, "version", "") : "";
}

void add_addresses(json::object& config, const std::string& base) {
  config["baseUrl"] = base;
  config["wsUrl"] = "";
  for (const Address& address : addresses) {
    std::string full = "full" + std::string(address.key);
    full[4] = static_cast<char>(full[4] - 'a' + 'A');
    config[full] = base + address.relative;
    // The front end joins these with the base URL by itself, but for the application's.
    config[address.key] = "/" + std::string(address.relative);
  }
}

// The front end reads these keys; their values are paths of the host, which are nobody's business.
void add_silent_paths(json::object& config) {
  for (const char* key : {"appSettingsDir", "schemasDir", "staticDir", "templatesDir", "themesDir",
                          "userSettingsDir", "workspacesDir"})
    config[key] = "";
  config["labextensionsPath"] = json::array();
  config["extraLabextensionsPath"] = json::array();
}

}  // namespace

json::object page_config(const LabFolders& folders, const PageRequest& request) {
  std::vector<Extension> extensions = find_extensions(folders);
  json::object config{{"appName", "Cloister"},
                      {"appNamespace", "lab"},
                      {"appVersion", version_of(folders)},
                      {"notebookVersion", "[2, 21, 0]"},
                      {"token", request.token},
                      {"mode", request.single_document ? "single-document" : "multiple-document"},
                      {"workspace", request.workspace},
                      {"treePath", request.tree_path},
                      {"preferredPath", "/"},
                      {"preferredPathIsHome", false},
                      {"serverRoot", request.root_name},
                      {"federated_extensions", federated(extensions)},
                      {"disabledExtensions", disabled_extensions(folders, extensions)},
                      {"deferredExtensions", json::array()},
                      {"lockedExtensions", json::array()},
                      {"ignorePlugins", json::array()},
                      {"untracked_message_types", json::array(untracked.begin(), untracked.end())},
                      {"terminalsAvailable", request.terminals},
                      {"quitButton", request.quit_button},
                      {"cacheFiles", true},
                      {"devMode", false},
                      {"exposeAppInBrowser", false},
                      {"allow_hidden_files", false},
                      {"delete_to_trash", true},
                      {"notebookStartsKernel", true},
                      {"copyAbsolutePath", false},
                      {"buildAvailable", false},
                      {"buildCheck", false},
                      {"news", {{"disabled", true}}},
                      {"store_id", 0},
                      {"extensionManager",
                       {{"name", "read-only"}, {"can_install", false}, {"install_path", nullptr}}}};
  add_addresses(config, request.base_url);
  add_silent_paths(config);
  if (!request.not_found_url.empty()) config["notFoundUrl"] = request.not_found_url;
  return config;
}

}  // namespace cloister::lab
