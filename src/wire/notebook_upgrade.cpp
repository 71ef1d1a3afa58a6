// SPDX-License-Identifier: Apache-2.0
#include "notebook_upgrade.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/notebook.hpp"
#include "cloister/wire/notebook_json.hpp"

#include "notebook_lines.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

namespace cloister::wire {
namespace {

using Object = NotebookNode::Object;

std::unexpected<base::Error> lacks(std::string_view what) {
  return base::fail(errors::bad_notebook, fmt::format("a notebook of version 3 lacks {}", what));
}

NotebookNode pop(Object& object, std::string_view name, NotebookNode otherwise = {}) {
  auto it = object.find(name);
  if (it == object.end()) return otherwise;
  NotebookNode found = std::move(it->second);
  object.erase(it);
  return found;
}

void move_member(Object& object, std::string_view from, std::string_view to) {
  if (!object.contains(from)) return;
  object.insert_or_assign(std::string(to), pop(object, from));
}

// Version 3 had short names for the types of data.
void use_mime_types(Object& data) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> types{{
      {"text", "text/plain"},
      {"html", "text/html"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpeg", "image/jpeg"},
      {"latex", "text/latex"},
      {"json", "application/json"},
      {"javascript", "application/javascript"},
  }};
  for (const auto& [alias, type] : types) move_member(data, alias, type);
}

base::Outcome gather_data(Object& output) {
  Object data;
  for (auto it = output.begin(); it != output.end();) {
    bool stays =
        it->first == "output_type" || it->first == "execution_count" || it->first == "metadata";
    if (!stays)
      data.insert(output.extract(it++));
    else
      ++it;
  }
  use_mime_types(data);
  auto json = data.find("application/json");
  if (json != data.end()) {
    if (json->second.text() == nullptr) return lacks("the JSON text of an output");
    CLOISTER_TRY(NotebookNode value, parse_notebook_json(*json->second.text()));
    json->second = std::move(value);
  }
  if (Object* metadata = output["metadata"].object()) use_mime_types(*metadata);
  output["data"] = NotebookNode(std::move(data));
  return {};
}

base::Outcome upgrade_output(NotebookNode& node) {
  if (node.object() == nullptr || node.find("output_type") == nullptr)
    return lacks("the type of an output");
  Object& output = *node.object();
  std::string type(node.text_or("output_type", ""));
  if (type == "pyout" || type == "display_data") {
    output.try_emplace("metadata", Object());
    if (type == "pyout") {
      output["output_type"] = "execute_result";
      output["execution_count"] = pop(output, "prompt_number");
    }
    return gather_data(output);
  }
  if (type == "pyerr") output["output_type"] = "error";
  if (type == "stream") output["name"] = pop(output, "stream", "stdout");
  return {};
}

base::Outcome upgrade_code_cell(Object& cell) {
  cell.erase("language");
  if (cell.contains("collapsed"))
    if (Object* metadata = cell["metadata"].object())
      metadata->insert_or_assign("collapsed", pop(cell, "collapsed"));
  cell["source"] = pop(cell, "input", "");
  cell["execution_count"] = pop(cell, "prompt_number");
  auto outputs = cell.find("outputs");
  if (outputs == cell.end() || outputs->second.array() == nullptr) return lacks("outputs");
  for (NotebookNode& output : *outputs->second.array()) CLOISTER_TRY_DO(upgrade_output(output));
  return {};
}

std::string heading(const Object& cell, std::int64_t level) {
  std::string text(static_cast<std::size_t>(std::clamp<std::int64_t>(level, 0, 100)), '#');
  text += ' ';
  auto source = cell.find("source");
  if (source == cell.end() || source->second.text() == nullptr) return text;
  bool first = true;
  for (std::string_view line : split_lines(*source->second.text())) {
    if (!std::exchange(first, false)) text += ' ';
    text += without_line_end(line);
  }
  return text;
}

base::Outcome upgrade_cell(NotebookNode& node, base::Random& random) {
  if (node.object() == nullptr || node.find("cell_type") == nullptr) return lacks("a cell's type");
  Object& cell = *node.object();
  cell.try_emplace("metadata", Object());
  cell["id"] = new_cell_id(random);
  std::string type(node.text_or("cell_type", ""));
  if (type == "code") return upgrade_code_cell(cell);
  if (type == "heading") {
    cell["cell_type"] = "markdown";
    cell["source"] = heading(cell, pop(cell, "level", 1).integer().value_or(1));
  }
  if (type == "html") cell["cell_type"] = "markdown";
  return {};
}

bool has_ids(const NotebookNode& notebook) {
  const NotebookNode* minor = notebook.find("nbformat_minor");
  return minor != nullptr && minor->integer().value_or(0) >= 5;
}

}  // namespace

std::string new_cell_id(base::Random& random) {
  return base::to_hex(random.bytes<4>());
}

void repair_cell_ids(NotebookNode& notebook, base::Random& random) {
  NotebookNode* cells = notebook.find("cells");
  if (!has_ids(notebook) || cells == nullptr || cells->array() == nullptr) return;
  for (NotebookNode& cell : *cells->array())
    if (cell.object() != nullptr && !cell.object()->contains("id"))
      cell.object()->emplace("id", new_cell_id(random));
  std::set<std::string> seen;
  for (NotebookNode& cell : *cells->array()) {
    NotebookNode* id = cell.find("id");
    if (id == nullptr || id->text() == nullptr) continue;
    if (seen.contains(*id->text())) *id = new_cell_id(random);
    seen.insert(*id->text());
  }
}

base::Outcome upgrade_worksheets(NotebookNode& notebook, base::Random& random) {
  Object& top = *notebook.object();
  NotebookNode* metadata = notebook.find("metadata");
  if (metadata == nullptr || metadata->object() == nullptr) return lacks("metadata");
  metadata->object()->insert_or_assign("orig_nbformat", 3);
  metadata->object()->insert_or_assign("orig_nbformat_minor", 0);
  top["nbformat"] = 4;
  top["nbformat_minor"] = 5;
  NotebookNode worksheets = pop(top, "worksheets", NotebookNode::Array());
  if (worksheets.array() == nullptr) return lacks("a list of worksheets");
  NotebookNode::Array cells;
  for (NotebookNode& sheet : *worksheets.array()) {
    NotebookNode* found = sheet.find("cells");
    if (found == nullptr || found->array() == nullptr) return lacks("the cells of a worksheet");
    for (NotebookNode& cell : *found->array()) {
      CLOISTER_TRY_DO(upgrade_cell(cell, random));
      cells.push_back(std::move(cell));
    }
  }
  top["cells"] = NotebookNode(std::move(cells));
  metadata = notebook.find("metadata");
  metadata->object()->erase("name");
  metadata->object()->erase("signature");
  return {};
}

void upgrade_to_current(NotebookNode& notebook, base::Random& random) {
  NotebookNode* minor = notebook.find("nbformat_minor");
  NotebookNode* cells = notebook.find("cells");
  std::optional<std::int64_t> from = minor == nullptr ? std::nullopt : minor->integer();
  if (!from || *from >= 5 || cells == nullptr || cells->array() == nullptr) return;
  for (NotebookNode& cell : *cells->array())
    if (cell.object() != nullptr) cell.object()->insert_or_assign("id", new_cell_id(random));
  if (NotebookNode* metadata = notebook.find("metadata"); metadata && metadata->object())
    metadata->object()->insert_or_assign("orig_nbformat_minor", *from);
  *minor = 5;
}

}  // namespace cloister::wire
