// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/errors.hpp"
#include "cloister/lab/page.hpp"

#include "json_file.hpp"

#include <fmt/format.h>

namespace cloister::lab {
namespace {

constexpr std::string_view address_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%@:+,;=!$()*";

// For an attribute: what is no letter of an address is percent-encoded, so nothing needs escaping.
std::string address_text(std::string_view address) {
  std::string out;
  for (char c : address)
    out += address_letters.find(c) != address_letters.npos
               ? std::string(1, c)
               : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

// "main.<hash>.js?v=<hash>" of the wheel's index.html.
base::Result<std::string> main_script(const LabFolders& folders) {
  io::SystemDisk disk;
  auto page = io::read_file(disk, folders.app / "static/index.html", json_file_bytes_max);
  if (!page)
    return base::fail(errors::incomplete, "JupyterLab's front end is not installed",
                      "`./dev build` puts it beside the programs");
  std::string_view text = base::as_text(*page);
  std::size_t start = text.find("/main.");
  std::size_t end = start == text.npos ? start : text.find('"', start);
  if (end == text.npos)
    return base::fail(errors::incomplete, "JupyterLab's index page names no main script");
  return std::string(text.substr(start + 1, end - start - 1));
}

}  // namespace

std::string json_for_script(const json::value& value) {
  std::string out;
  for (char c : json::serialize(value)) {
    if (c == '<' || c == '>' || c == '&' || c == '\'')
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

base::Result<std::string> index_page(const LabFolders& folders, const PageRequest& request) {
  CLOISTER_TRY(std::string script, main_script(folders));
  std::string base = address_text(request.base_url);
  // The data block is no script to the browser: a policy without inline scripts lets it stand.
  return fmt::format(
      R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Cloister</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script id="jupyter-config-data" type="application/json">{config}</script>
<link rel="icon" type="image/svg+xml" href="{base}static/favicons/favicon.svg" class="idle favicon">
<link rel="" type="image/svg+xml" href="{base}static/favicons/favicon-busy.svg" class="busy favicon">
<script defer src="{base}static/lab/{script}"></script>
</head>
<body class="jp-ThemedContainer"></body>
</html>
)",
      fmt::arg("config", json_for_script(page_config(folders, request))), fmt::arg("base", base),
      fmt::arg("script", script));
}

}  // namespace cloister::lab
