// SPDX-License-Identifier: Apache-2.0
// Notebook files (nbformat 3 and 4), read and written as Python's nbformat does.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/wire/notebook_node.hpp"

namespace cloister::wire {

struct Notebook {
  NotebookNode content;
  std::string problem;  // why it does not fit its schema, for the model's `message`; "" if it does
};

// nbformat.reads(text, as_version=4): lists of lines joined, what is transient removed, version 3
// made 4.5, cell ids of 4.5 made where they lack or repeat. Cells that break the schema are read
// and named in `problem`; wire.bad-notebook is for what no reader can make cells of, and for
// versions 1, 2 and above 4.
base::Result<Notebook> read_notebook(std::string_view text, base::Random& random);

// nbformat.writes(notebook) and a newline, from the form in memory: texts split into lines, the
// minor version kept. `problem` as above.
struct NotebookText {
  std::string text;
  std::string problem;
};
base::Result<NotebookText> write_notebook(NotebookNode notebook, base::Random& random);

// Version 4.0 to 4.4 becomes 4.5: each cell gets an id.
void upgrade_to_current(NotebookNode& notebook, base::Random& random);

NotebookNode new_notebook();  // of 4.5, without cells

// "Notebook validation failed: …", or "" when the notebook fits the schema of its version.
std::string validation_problem(const NotebookNode& notebook);

}  // namespace cloister::wire
