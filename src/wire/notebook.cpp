// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/notebook.hpp"

#include "cloister/wire/errors.hpp"
#include "cloister/wire/notebook_json.hpp"

#include "notebook_lines.hpp"
#include "notebook_upgrade.hpp"

#include <fmt/format.h>

namespace cloister::wire {
namespace {

using Object = NotebookNode::Object;

std::unexpected<base::Error> bad(std::string why) {
  return base::fail(errors::bad_notebook, std::move(why));
}

base::Result<std::int64_t> version_of(const NotebookNode& notebook) {
  if (notebook.object() == nullptr) return bad("a notebook is a JSON object");
  const NotebookNode* major = notebook.find("nbformat");
  std::int64_t version = major == nullptr ? 1 : major->integer().value_or(0);
  if (version != 3 && version != 4)
    return bad(fmt::format("notebooks of format version {} cannot be read", version));
  return version;
}

// What every reader and writer relies on; anything less is no notebook.
base::Outcome require_cells(const NotebookNode& notebook) {
  const NotebookNode* metadata = notebook.find("metadata");
  if (metadata == nullptr || metadata->object() == nullptr) return bad("a notebook lacks metadata");
  const NotebookNode* cells = notebook.find("cells");
  if (cells == nullptr || cells->array() == nullptr) return bad("a notebook lacks cells");
  for (const NotebookNode& cell : *cells->array()) {
    const NotebookNode* own = cell.find("metadata");
    if (own == nullptr || own->object() == nullptr) return bad("a cell lacks metadata");
  }
  const NotebookNode* minor = notebook.find("nbformat_minor");
  if (minor != nullptr && !minor->integer()) return bad("nbformat_minor is not an integer");
  return {};
}

// What is about this moment and not about the notebook is in no file.
void strip_transient(NotebookNode& notebook) {
  Object& metadata = *notebook.find("metadata")->object();
  for (std::string_view name : {"orig_nbformat", "orig_nbformat_minor", "signature"})
    if (auto it = metadata.find(name); it != metadata.end()) metadata.erase(it);
  for (NotebookNode& cell : *notebook.find("cells")->array())
    cell.find("metadata")->object()->erase("trusted");
}

// Version 3 kept the mark in the cell itself once.
void strip_old_transient(NotebookNode& notebook) {
  notebook.object()->erase("orig_nbformat");
  notebook.object()->erase("orig_nbformat_minor");
  NotebookNode* sheets = notebook.find("worksheets");
  if (sheets == nullptr || sheets->array() == nullptr) return;
  for (NotebookNode& sheet : *sheets->array()) {
    NotebookNode* cells = sheet.find("cells");
    if (cells == nullptr || cells->array() == nullptr) continue;
    for (NotebookNode& cell : *cells->array()) {
      if (cell.object() != nullptr) cell.object()->erase("trusted");
      if (NotebookNode* own = cell.find("metadata"); own != nullptr && own->object() != nullptr)
        own->object()->erase("trusted");
    }
  }
}

base::Outcome make_current(NotebookNode& notebook, base::Random& random) {
  join_worksheet_lines(notebook);
  strip_old_transient(notebook);
  CLOISTER_TRY_DO(upgrade_worksheets(notebook, random));
  return require_cells(notebook);
}

base::Result<Notebook> from_node(NotebookNode node, base::Random& random) {
  CLOISTER_TRY(std::int64_t version, version_of(node));
  if (version == 3) {
    CLOISTER_TRY_DO(make_current(node, random));
  } else {
    CLOISTER_TRY_DO(require_cells(node));
    join_notebook_lines(node);
    strip_transient(node);
  }
  repair_cell_ids(node, random);
  std::string problem = validation_problem(node);
  return Notebook{std::move(node), std::move(problem)};
}

}  // namespace

base::Result<Notebook> read_notebook(std::string_view text, base::Random& random) {
  CLOISTER_TRY(NotebookNode node, parse_notebook_json(text));
  return from_node(std::move(node), random);
}

base::Result<NotebookText> write_notebook(NotebookNode notebook, base::Random& random) {
  CLOISTER_TRY(std::int64_t version, version_of(notebook));
  if (version == 3) CLOISTER_TRY_DO(make_current(notebook, random));
  CLOISTER_TRY_DO(require_cells(notebook));
  repair_cell_ids(notebook, random);
  std::string problem = validation_problem(notebook);
  split_notebook_lines(notebook);
  strip_transient(notebook);
  return NotebookText{write_indented(notebook) + "\n", std::move(problem)};
}

NotebookNode new_notebook() {
  return Object{{"cells", NotebookNode::Array()},
                {"metadata", Object()},
                {"nbformat", 4},
                {"nbformat_minor", 5}};
}

}  // namespace cloister::wire
