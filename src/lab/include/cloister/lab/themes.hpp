// SPDX-License-Identifier: Apache-2.0
// Style sheets of themes, and the small fixed answers of the application.
#pragma once

#include "cloister/lab/folders.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::lab {

struct ThemeFile {
  io::Path path;
  bool style_sheet = false;  // its addresses are rewritten with rewrite_addresses()
};

// A file of a theme, of an extension's first; lab.not-found.
base::Result<ThemeFile> find_theme_file(const LabFolders& folders, const std::string& name);

// Relative addresses in a style sheet, made absolute below `folder_url`.
std::string rewrite_addresses(std::string_view css, std::string_view folder_url);

// GET translations: English is all there is.
boost::json::object translations(const std::string& locale);
boost::json::object listings();  // no list of blocked or allowed extensions

}  // namespace cloister::lab
