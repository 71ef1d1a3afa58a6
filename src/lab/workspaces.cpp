// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/workspaces.hpp"

#include "cloister/crypto/hash.hpp"
#include "cloister/lab/errors.hpp"

#include "json_file.hpp"

#include <fmt/format.h>

namespace cloister::lab {
namespace {

constexpr std::string_view extension = ".jupyterlab-workspace";
constexpr std::size_t file_name_max = 128;

io::Path file_of(const LabFolders& folders, std::string_view name) {
  return folders.workspaces / (workspace_slug(name) + std::string(extension));
}

std::string with_slash(std::string_view name) {
  return name.starts_with('/') ? std::string(name) : fmt::format("/{}", name);
}

base::Result<json::object> read_workspace(const io::Path& file) {
  CLOISTER_TRY(json::object workspace, read_json_file(file));
  const json::value* metadata = workspace.if_contains("metadata");
  if (!workspace.contains("data") || metadata == nullptr || !metadata->is_object())
    return base::fail(errors::bad_request, "not a workspace");
  add_times(workspace["metadata"].get_object(), file);
  return workspace;
}

}  // namespace

std::string workspace_slug(std::string_view name) {
  std::string whole = with_slash(name);
  std::string slug;
  for (char letter : whole.substr(1)) {
    unsigned char c = static_cast<unsigned char>(letter);
    bool gap = c == '-' || std::isspace(c) != 0;
    if (gap && !slug.ends_with('-')) slug += '-';
    if (c < 0x80 && (std::isalnum(c) != 0 || c == '_')) slug += static_cast<char>(std::tolower(c));
  }
  std::string sign =
      "-" + base::to_hex(crypto::sha256(base::as_bytes(whole.substr(1)))).substr(0, 4);
  return slug.substr(0, file_name_max - extension.size() - sign.size()) + sign;
}

json::object list_workspaces(const LabFolders& folders) {
  json::array ids;
  json::array values;
  if (auto names = io::list_folder(folders.workspaces))
    for (const std::string& name : *names) {
      if (!name.ends_with(extension)) continue;
      auto workspace = read_workspace(folders.workspaces / name);
      if (!workspace) continue;  // a broken one does not hide the others
      ids.emplace_back(wire::text_or(workspace->at("metadata").get_object(), "id", ""));
      values.emplace_back(std::move(*workspace));
    }
  return {{"workspaces", {{"ids", std::move(ids)}, {"values", std::move(values)}}}};
}

json::object get_workspace(const LabFolders& folders, const std::string& name) {
  if (auto workspace = read_workspace(file_of(folders, name))) return std::move(*workspace);
  return {{"data", json::object()}, {"metadata", {{"id", with_slash(name)}}}};
}

base::Outcome put_workspace(const LabFolders& folders, io::Disk& disk, const std::string& name,
                            const std::string& raw) {
  auto workspace = wire::parse_json_object(raw);
  if (!workspace) return base::fail(errors::bad_request, workspace.error().message);
  const json::value* metadata = workspace->if_contains("metadata");
  if (!workspace->contains("data") || metadata == nullptr || !metadata->is_object())
    return base::fail(errors::bad_request, "a workspace has data and metadata");
  std::string id = wire::text_or(metadata->get_object(), "id", "");
  if (with_slash(id) != with_slash(name))
    return base::fail(errors::bad_request,
                      fmt::format("Workspace metadata ID mismatch: expected '{}' got '{}'",
                                  with_slash(name), id));
  std::error_code error;
  std::filesystem::create_directories(folders.workspaces, error);
  return io::replace_file(disk, file_of(folders, name), base::as_bytes(raw));
}

base::Outcome remove_workspace(const LabFolders& folders, io::Disk& disk, const std::string& name) {
  io::Path file = file_of(folders, name);
  if (!io::exists(file))
    return base::fail(errors::not_found, fmt::format("Workspace '{}' not found", name));
  return disk.remove(file);
}

}  // namespace cloister::lab
