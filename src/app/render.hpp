// SPDX-License-Identifier: Apache-2.0
// Results as short lines and aligned tables for people (ui.md, "Command line").
#pragma once

#include "cloister/api/call.hpp"

#include "command_line.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloister::app {

std::string render(const ParsedLine& line, const api::Reply& reply);
std::string render_attempt(const boost::json::object& attempt);
// Rows of `data query` as csv, json or a table.
std::string render_rows(const api::Reply& reply, std::string_view format);

// Columns padded to their widest cell; numbers right-aligned; cells are cut so that a line fits
// `columns`.
std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows, std::size_t columns);
std::size_t display_width(std::string_view text);  // in terminal cells, not bytes
// Control characters of data must not command the terminal.
// SECURITY: escape sequences in a dataset are shown, not obeyed (test:
// Render.ControlCharactersAreShownNotObeyed).
std::string printable(std::string_view text);

}  // namespace cloister::app
