// SPDX-License-Identifier: Apache-2.0
// JupyterLab's workspaces: the layout of the window, by name.
#pragma once

#include "cloister/lab/folders.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::lab {

namespace json = boost::json;

// {"workspaces": {"ids": […], "values": […]}}.
json::object list_workspaces(const LabFolders& folders);
// An unknown one is empty, not an error.
json::object get_workspace(const LabFolders& folders, const std::string& name);
// lab.bad-request when `raw` is no workspace, or one of another name.
base::Outcome put_workspace(const LabFolders& folders, io::Disk& disk, const std::string& name,
                            const std::string& raw);
base::Outcome remove_workspace(const LabFolders& folders, io::Disk& disk, const std::string& name);

// The name of its file: letters, digits, "-" and "_" of the name, and four digits of its SHA-256,
// as jupyterlab_server makes it (but for letters beyond ASCII, which are left out).
std::string workspace_slug(std::string_view name);

}  // namespace cloister::lab
