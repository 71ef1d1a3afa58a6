// SPDX-License-Identifier: Apache-2.0
#include "notebook_lines.hpp"

#include <algorithm>
#include <array>

namespace cloister::wire {
namespace {

// Those that str.splitlines knows.
constexpr std::array<std::string_view, 11> boundaries{
    "\r\n", "\n",   "\r",       "\v",           "\f",          "\x1c",
    "\x1d", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

// The length of the line boundary at the front of `text`.
std::size_t boundary_length(std::string_view text) {
  for (std::string_view boundary : boundaries)
    if (text.starts_with(boundary)) return boundary.size();
  return 0;
}

void join_texts(NotebookNode& node) {
  if (!all_texts(node)) return;
  std::string joined;
  for (const NotebookNode& line : *node.array()) joined += *line.text();
  node = NotebookNode(std::move(joined));
}

void split_text(NotebookNode& node) {
  if (node.text() == nullptr) return;
  NotebookNode::Array lines;
  for (std::string& line : split_lines(*node.text())) lines.emplace_back(std::move(line));
  node = NotebookNode(std::move(lines));
}

bool is_json_type(std::string_view type) {
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

bool is_text_type(std::string_view type) {
  return type.starts_with("text/") || type == "application/javascript" || type == "image/svg+xml";
}

void join_bundle(NotebookNode* bundle) {
  if (bundle == nullptr || bundle->object() == nullptr) return;
  for (auto& [type, data] : *bundle->object())
    if (!is_json_type(type)) join_texts(data);
}

void split_bundle(NotebookNode* bundle) {
  if (bundle == nullptr || bundle->object() == nullptr) return;
  for (auto& [type, data] : *bundle->object())
    if (is_text_type(type)) split_text(data);
}

template <typename Visit>
void for_each(NotebookNode* list, Visit&& visit) {
  if (list == nullptr) return;
  if (auto* array = list->array()) {
    for (NotebookNode& element : *array) visit(element);
  } else if (auto* object = list->object()) {
    for (auto& [name, member] : *object) visit(member);
  }
}

bool has_data(std::string_view output_type) {
  return output_type == "execute_result" || output_type == "display_data";
}

void join_output(NotebookNode& output) {
  std::string_view type = output.text_or("output_type", "");
  if (has_data(type)) {
    join_bundle(output.find("data"));
  } else if (NotebookNode* text = output.find("text"); text != nullptr && !type.empty()) {
    join_texts(*text);
  }
}

void split_output(NotebookNode& output) {
  std::string_view type = output.text_or("output_type", "");
  if (has_data(type)) {
    split_bundle(output.find("data"));
  } else if (NotebookNode* text = output.find("text"); text != nullptr && type == "stream") {
    split_text(*text);
  }
}

// Version 3: files exist whose lines lost their ends, by splitlines() without keepends.
void join_old_lines(NotebookNode* node) {
  if (node == nullptr || !all_texts(*node)) return;
  const NotebookNode::Array& lines = *node->array();
  bool with_ends =
      !lines.empty() && (lines[0].text()->ends_with('\n') || lines[0].text()->ends_with('\r'));
  std::string joined;
  for (const NotebookNode& line : lines) {
    if (&line != lines.data() && !with_ends) joined += '\n';
    joined += *line.text();
  }
  *node = NotebookNode(std::move(joined));
}

void join_old_cell(NotebookNode& cell) {
  if (cell.text_or("cell_type", "") != "code") {
    join_old_lines(cell.find("source"));
    join_old_lines(cell.find("rendered"));
    return;
  }
  join_old_lines(cell.find("input"));
  for_each(cell.find("outputs"), [](NotebookNode& output) {
    for (std::string_view key : {"text", "html", "svg", "latex", "javascript", "json"})
      join_old_lines(output.find(key));
  });
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = boundary_length(text.substr(at));
    at += std::max<std::size_t>(length, 1);
    if (length == 0) continue;
    lines.emplace_back(text.substr(start, at - start));
    start = at;
  }
  if (start < text.size()) lines.emplace_back(text.substr(start));
  return lines;
}

bool all_texts(const NotebookNode& node) {
  return node.array() != nullptr && std::ranges::all_of(*node.array(), [](const auto& element) {
           return element.text() != nullptr;
         });
}

std::string_view without_line_end(std::string_view line) {
  for (std::string_view boundary : boundaries)
    if (line.ends_with(boundary)) return line.substr(0, line.size() - boundary.size());
  return line;
}

void join_notebook_lines(NotebookNode& notebook) {
  for_each(notebook.find("cells"), [](NotebookNode& cell) {
    if (NotebookNode* source = cell.find("source")) join_texts(*source);
    for_each(cell.find("attachments"), [](NotebookNode& bundle) { join_bundle(&bundle); });
    if (cell.text_or("cell_type", "") == "code") for_each(cell.find("outputs"), join_output);
  });
}

void split_notebook_lines(NotebookNode& notebook) {
  for_each(notebook.find("cells"), [](NotebookNode& cell) {
    if (NotebookNode* source = cell.find("source")) split_text(*source);
    for_each(cell.find("attachments"), [](NotebookNode& bundle) { split_bundle(&bundle); });
    if (cell.text_or("cell_type", "") == "code") for_each(cell.find("outputs"), split_output);
  });
}

void join_worksheet_lines(NotebookNode& notebook) {
  for_each(notebook.find("worksheets"),
           [](NotebookNode& sheet) { for_each(sheet.find("cells"), join_old_cell); });
}

}  // namespace cloister::wire
