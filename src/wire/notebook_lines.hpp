// SPDX-License-Identifier: Apache-2.0
// Texts of a notebook as lists of lines (nbformat/v4/rwbase.py, v3/rwbase.py).
#pragma once

#include "cloister/wire/notebook_node.hpp"

namespace cloister::wire {

std::vector<std::string> split_lines(std::string_view text);  // str.splitlines(keepends=True)
std::string_view without_line_end(std::string_view line);     // one that split_lines gave
bool all_texts(const NotebookNode& node);                     // an array of nothing but texts

void join_notebook_lines(NotebookNode& notebook);   // of version 4
void split_notebook_lines(NotebookNode& notebook);  // of version 4
void join_worksheet_lines(NotebookNode& notebook);  // of version 3

}  // namespace cloister::wire
