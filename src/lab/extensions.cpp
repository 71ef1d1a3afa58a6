// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/extensions.hpp"

#include "json_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace cloister::lab {
namespace {

// Not for a sealed studio, whoever installs what.
// SECURITY: outputs never run as script with the page's authority, and nothing asks the internet
// (test: Extensions.WhatTheStudioNeverRunsIsOff).
constexpr std::array never{
    "@jupyterlab/apputils-extension:announcements",  // the news and update notice
    "@jupyterlab/extensionmanager-extension",        // installs from PyPI
    "@jupyterlab/javascript-extension",              // runs an output's JavaScript in the page
};

// A list of names, or an object of name → flag.
json::object flags_of(const json::value* value) {
  json::object flags;
  if (value == nullptr) return flags;
  if (const auto* object = value->if_object()) flags = *object;
  if (const auto* list = value->if_array())
    for (const json::value& name : *list)
      if (name.is_string()) flags[name.get_string()] = true;
  return flags;
}

const json::object* member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

std::string server_half_of(const json::object& lab) {
  if (const json::object* discovery = member(lab, "discovery"))
    if (const json::object* server = member(*discovery, "server"))
      if (const json::object* base = member(*server, "base"))
        return wire::text_or(*base, "name", "a server extension");
  return {};
}

std::optional<Extension> read_extension(const io::Path& folder, const std::string& expected) {
  auto package = read_json_file(folder / "package.json");
  if (!package || wire::text_or(*package, "name", "") != expected) return std::nullopt;
  const json::object* lab = member(*package, "jupyterlab");
  const json::object* build = lab == nullptr ? nullptr : member(*lab, "_build");
  if (build == nullptr || !is_plain_relative(wire::text_or(*build, "load", "")))
    return std::nullopt;
  return Extension{.name = expected,
                   .version = wire::text_or(*package, "version", ""),
                   .folder = folder,
                   .build = *build,
                   .disables = flags_of(lab->if_contains("disabledExtensions")),
                   .server_half = server_half_of(*lab)};
}

// `name` and `@scope/name` below one folder.
std::vector<std::string> packages_in(const io::Path& folder) {
  std::vector<std::string> found;
  auto names = io::list_folder(folder);
  if (!names) return found;
  for (const std::string& name : *names) {
    if (name.starts_with('@')) {
      if (auto scoped = io::list_folder(folder / name))
        for (const std::string& inner : *scoped) found.push_back(fmt::format("{}/{}", name, inner));
    } else if (!name.starts_with('.')) {
      found.push_back(name);
    }
  }
  return found;
}

}  // namespace

std::vector<Extension> find_extensions(const LabFolders& folders) {
  std::vector<Extension> found;
  std::set<std::string> seen;
  for (const io::Path& folder : folders.labextensions)
    for (const std::string& name : packages_in(folder))
      if (auto extension = read_extension(folder / name, name);
          extension && seen.insert(name).second)
        found.push_back(std::move(*extension));
  return found;
}

json::array federated(const std::vector<Extension>& extensions) {
  json::array list;
  for (const Extension& extension : extensions) {
    json::object entry{{"name", extension.name}};
    for (const char* key : {"load", "extension", "mimeExtension", "style", "entrypoints"})
      if (const json::value* value = extension.build.if_contains(key)) entry[key] = *value;
    list.push_back(std::move(entry));
  }
  return list;
}

json::array disabled_extensions(const LabFolders& folders,
                                const std::vector<Extension>& extensions) {
  json::object flags;
  if (auto front_end = read_json_file(folders.app / "static/package.json"))
    if (const json::object* lab = member(*front_end, "jupyterlab"))
      if (const json::object* all = member(*lab, "extensionMetadata"))
        for (const auto& [name, about] : *all)
          if (const auto* object = about.if_object())
            merge(flags, flags_of(object->if_contains("disabledExtensions")));
  for (const Extension& extension : extensions) merge(flags, extension.disables);
  for (const io::Path& folder : folders.configuration)
    if (auto config = read_json_file(folder / "labconfig/page_config.json"))
      merge(flags, flags_of(config->if_contains("disabledExtensions")));
  for (const char* name : never) flags[name] = true;
  std::set<std::string> names;
  for (const auto& [name, value] : flags)
    if (value.is_bool() ? value.get_bool() : !value.is_null()) names.insert(std::string(name));
  return json::array(names.begin(), names.end());
}

}  // namespace cloister::lab
