// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/themes.hpp"

#include "cloister/lab/errors.hpp"

#include <fmt/format.h>

namespace cloister::lab {

namespace json = boost::json;

base::Result<ThemeFile> find_theme_file(const LabFolders& folders, const std::string& name) {
  if (is_plain_relative(name)) {
    // @scope/package/… or package/…
    std::size_t slash = name.find('/');
    if (name.starts_with('@') && slash != name.npos) slash = name.find('/', slash + 1);
    std::string package = name.substr(0, slash);
    std::vector<io::Path> candidates;
    if (slash != name.npos)
      for (const io::Path& folder : folders.labextensions)
        candidates.push_back(folder / package / "themes" / name);
    candidates.push_back(folders.app / "themes" / name);
    std::error_code error;
    for (const io::Path& path : candidates)
      if (std::filesystem::is_regular_file(path, error))
        return ThemeFile{.path = path, .style_sheet = path.extension() == ".css"};
  }
  return base::fail(errors::not_found, fmt::format("no theme has the file {}", name));
}

std::string rewrite_addresses(std::string_view css, std::string_view folder_url) {
  std::string out;
  for (std::size_t at = 0;;) {
    std::size_t open = css.find("url(", at);
    if (open == css.npos) return out.append(css.substr(at));
    std::size_t start = open + 4;
    if (start < css.size() && (css[start] == '\'' || css[start] == '"')) ++start;
    out.append(css.substr(at, start - at));
    std::string_view rest = css.substr(start);
    std::size_t colon = rest.substr(0, rest.find_first_of("'\")")).find(':');
    bool absolute = colon != rest.npos || rest.starts_with('/') || rest.starts_with('#');
    if (!absolute) out.append(folder_url).append("/");
    at = start;
  }
}

json::object translations(const std::string& locale) {
  if (locale.empty())
    return {{"data", {{"en", {{"displayName", "English"}, {"nativeName", "English"}}}}},
            {"message", ""}};
  bool known = locale == "default" || locale == "en";
  return {{"data", json::object()},
          {"message", known ? "" : fmt::format("Language pack '{}' not installed!", locale)}};
}

json::object listings() {
  return {{"blocked_extensions_uris", json::array()},
          {"allowed_extensions_uris", json::array()},
          {"blocked_extensions", json::array()},
          {"allowed_extensions", json::array()}};
}

}  // namespace cloister::lab
