// SPDX-License-Identifier: Apache-2.0
// JSON text of notebooks and of the requests that carry them: Python's reading and writing.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/wire/notebook_node.hpp"

namespace cloister::wire {

// What json.loads accepts: NaN and Infinity, integers of any length, lone surrogates as escapes;
// the last of equal keys counts. Refuses (wire.bad-json) invalid UTF-8 and what goes over a limit
// of base::limits for notebooks (wire.too-large).
base::Result<NotebookNode> parse_notebook_json(std::string_view text);

// json.dumps(…, indent=1, sort_keys=True, ensure_ascii=False), without a final newline. A lone
// surrogate, which Python cannot write at all, is written as its escape.
std::string write_indented(const NotebookNode& node);

// One line, valid JSON for a browser: NaN and the infinities, which JSON lacks, are null.
std::string write_compact(const NotebookNode& node);
// The text in quotes, escaped. For those who write JSON around a notebook.
void append_quoted(std::string& out, std::string_view text);

// Valid UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool is_utf8(std::string_view text);

}  // namespace cloister::wire
