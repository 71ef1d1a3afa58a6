// SPDX-License-Identifier: Apache-2.0
#include "notebook_check.hpp"

#include "cloister/wire/notebook.hpp"

#include "notebook_lines.hpp"
#include "python_repr.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>

namespace cloister::wire {
namespace {

using Problem = std::optional<SchemaProblem>;
using Names = std::initializer_list<std::string_view>;

// What holds in one notebook: rules came with minor versions, and versions of the future may have
// more members and types than we know.
struct Rules {
  std::int64_t minor = 5;
  bool relaxed() const { return minor > 5; }
};

std::string member(const std::string& path, std::string_view name) {
  return path + "[" + python_text_repr(name) + "]";
}

Problem of_type(const NotebookNode& node, const std::string& path, std::string_view type) {
  bool fits = type == "object"    ? node.object() != nullptr
              : type == "array"   ? node.array() != nullptr
              : type == "string"  ? node.text() != nullptr
              : type == "boolean" ? node.flag() != nullptr
                                  : node.is_integer();
  if (fits) return std::nullopt;
  return SchemaProblem{fmt::format("{} is not of type '{}'", python_repr(node), type), path, &node};
}

Problem no_others(const NotebookNode& node, const std::string& path, Names known, Rules rules) {
  std::vector<std::string> extras;
  for (const auto& [name, value] : *node.object())
    if (std::ranges::find(known, name) == known.end()) extras.push_back(python_text_repr(name));
  if (extras.empty() || rules.relaxed()) return std::nullopt;
  return SchemaProblem{fmt::format("Additional properties are not allowed ({} {} unexpected)",
                                   fmt::join(extras, ", "), extras.size() == 1 ? "was" : "were"),
                       path, &node};
}

Problem has_all(const NotebookNode& node, const std::string& path, Names required) {
  for (std::string_view name : required)
    if (node.find(name) == nullptr)
      return SchemaProblem{fmt::format("{} is a required property", python_text_repr(name)), path,
                           &node};
  return std::nullopt;
}

// The member `name`, where there is one, passes `check(member, path of it)`.
template <typename Check>
Problem each(const NotebookNode& node, const std::string& path, std::string_view name,
             Check&& check) {
  const NotebookNode* found = node.find(name);
  return found == nullptr ? std::nullopt : check(*found, member(path, name));
}

auto is(std::string_view type) {
  return [type](const NotebookNode& node, const std::string& path) {
    return of_type(node, path, type);
  };
}

template <typename Check>
Problem elements(const NotebookNode& node, const std::string& path, Check&& check) {
  for (std::size_t i = 0; i < node.array()->size(); ++i)
    if (auto problem = check((*node.array())[i], fmt::format("{}[{}]", path, i))) return problem;
  return std::nullopt;
}

Problem of_no_schema(const NotebookNode& node, const std::string& path) {
  return SchemaProblem{
      fmt::format("{} is not valid under any of the given schemas", python_repr(node)), path,
      &node};
}

Problem multiline(const NotebookNode& node, const std::string& path) {
  return node.text() != nullptr || all_texts(node) ? std::nullopt : of_no_schema(node, path);
}

Problem matches(const NotebookNode& node, const std::string& path, bool fits,
                std::string_view pattern) {
  if (fits) return std::nullopt;
  return SchemaProblem{
      fmt::format("{} does not match {}", python_repr(node), python_text_repr(pattern)), path,
      &node};
}

Problem at_least(const NotebookNode& node, const std::string& path, std::int64_t minimum) {
  bool negative = node.is_integer() && node.number()->text.starts_with('-');
  std::int64_t value = node.integer().value_or(negative ? minimum - 1 : minimum);
  if (value >= minimum) return std::nullopt;
  return SchemaProblem{fmt::format("{} is less than the minimum of {}", python_repr(node), minimum),
                       path, &node};
}

Problem cell_id(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "string")) return problem;
  const std::string& id = *node.text();
  bool fits = !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (auto problem = matches(node, path, fits, "^[a-zA-Z0-9-_]+$")) return problem;
  if (id.size() <= 64) return std::nullopt;
  return SchemaProblem{python_repr(node) + " is too long", path, &node};
}

Problem execution_count(const NotebookNode& node, const std::string& path) {
  if (node.is_null()) return std::nullopt;
  if (!node.is_integer())
    return SchemaProblem{python_repr(node) + " is not of type 'integer', 'null'", path, &node};
  return at_least(node, path, 0);
}

Problem mime_bundle(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "object")) return problem;
  for (const auto& [type, data] : *node.object()) {
    bool json =
        type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
    if (json) continue;
    if (auto problem = multiline(data, member(path, type))) return problem;
  }
  return std::nullopt;
}

Problem attachments(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "object")) return problem;
  for (const auto& [name, bundle] : *node.object())
    if (auto problem = mime_bundle(bundle, member(path, name))) return problem;
  return std::nullopt;
}

Problem cell_name(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "string")) return problem;
  bool fits = std::ranges::any_of(*node.text(), [](char c) { return c != '\n'; }) &&
              !node.text()->starts_with('\n');
  return matches(node, path, fits, "^.+$");
}

Problem tags(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "array")) return problem;
  const NotebookNode::Array& array = *node.array();
  for (auto it = array.begin(); it != array.end(); ++it)
    if (std::find(array.begin(), it, *it) != it)
      return SchemaProblem{python_repr(node) + " has non-unique elements", path, &node};
  return elements(node, path, [](const NotebookNode& tag, const std::string& at) -> Problem {
    if (auto problem = of_type(tag, at, "string")) return problem;
    bool fits = !tag.text()->empty() && !tag.text()->contains(',');
    return matches(tag, at, fits, "^[^,]+$");
  });
}

Problem name_and_tags(const NotebookNode& node, const std::string& path) {
  if (auto problem = each(node, path, "name", cell_name)) return problem;
  return each(node, path, "tags", tags);
}

Problem execution_times(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "object")) return problem;
  for (const auto& [name, time] : *node.object())
    if (auto problem = of_type(time, member(path, name), "string")) return problem;
  return std::nullopt;
}

Problem scrolled(const NotebookNode& node, const std::string& path) {
  if (node.flag() != nullptr || node == NotebookNode("auto")) return std::nullopt;
  return SchemaProblem{python_repr(node) + " is not one of [True, False, 'auto']", path, &node};
}

Problem code_metadata(const NotebookNode& node, const std::string& path, Rules rules) {
  if (auto problem = of_type(node, path, "object")) return problem;
  if (rules.minor >= 3)
    if (auto problem = each(node, path, "jupyter", is("object"))) return problem;
  if (rules.minor >= 4)
    if (auto problem = each(node, path, "execution", execution_times)) return problem;
  if (auto problem = each(node, path, "collapsed", is("boolean"))) return problem;
  if (auto problem = each(node, path, "scrolled", scrolled)) return problem;
  return name_and_tags(node, path);
}

Problem text_metadata(const NotebookNode& node, const std::string& path, Rules rules, bool raw) {
  if (auto problem = of_type(node, path, "object")) return problem;
  if (raw)
    if (auto problem = each(node, path, "format", is("string"))) return problem;
  if (rules.minor >= 3)
    if (auto problem = each(node, path, "jupyter", is("object"))) return problem;
  return name_and_tags(node, path);
}

Problem data_output(const NotebookNode& node, const std::string& path, Rules rules, bool result) {
  Problem others =
      result ? no_others(node, path, {"output_type", "execution_count", "data", "metadata"}, rules)
             : no_others(node, path, {"output_type", "data", "metadata"}, rules);
  if (others) return others;
  if (auto problem = has_all(node, path, {"output_type", "data", "metadata"})) return problem;
  if (result) {
    if (auto problem = has_all(node, path, {"execution_count"})) return problem;
    if (auto problem = each(node, path, "execution_count", execution_count)) return problem;
  }
  if (auto problem = each(node, path, "data", mime_bundle)) return problem;
  return each(node, path, "metadata", is("object"));
}

Problem stream(const NotebookNode& node, const std::string& path, Rules rules) {
  if (auto problem = no_others(node, path, {"output_type", "name", "text"}, rules)) return problem;
  if (auto problem = has_all(node, path, {"output_type", "name", "text"})) return problem;
  if (auto problem = each(node, path, "name", is("string"))) return problem;
  return each(node, path, "text", multiline);
}

Problem error_output(const NotebookNode& node, const std::string& path, Rules rules) {
  Names names{"output_type", "ename", "evalue", "traceback"};
  if (auto problem = no_others(node, path, names, rules)) return problem;
  if (auto problem = has_all(node, path, names)) return problem;
  if (auto problem = each(node, path, "ename", is("string"))) return problem;
  if (auto problem = each(node, path, "evalue", is("string"))) return problem;
  return each(node, path, "traceback",
              [](const NotebookNode& lines, const std::string& at) -> Problem {
                if (auto problem = of_type(lines, at, "array")) return problem;
                return elements(lines, at, is("string"));
              });
}

Problem output(const NotebookNode& node, const std::string& path, Rules rules) {
  if (auto problem = of_type(node, path, "object")) return problem;
  std::string_view type = node.text_or("output_type", "");
  if (type == "execute_result") return data_output(node, path, rules, true);
  if (type == "display_data") return data_output(node, path, rules, false);
  if (type == "stream") return stream(node, path, rules);
  if (type == "error") return error_output(node, path, rules);
  if (rules.relaxed() && !type.empty()) return std::nullopt;
  return of_no_schema(node, path);
}

Problem code_cell(const NotebookNode& node, const std::string& path, Rules rules) {
  if (auto problem = each(node, path, "metadata", [&](const auto& metadata, const auto& at) {
        return code_metadata(metadata, at, rules);
      }))
    return problem;
  if (auto problem = each(node, path, "source", multiline)) return problem;
  if (auto problem = each(node, path, "outputs",
                          [&](const NotebookNode& list, const std::string& at) -> Problem {
                            if (auto wrong = of_type(list, at, "array")) return wrong;
                            return elements(list, at, [&](const auto& element, const auto& place) {
                              return output(element, place, rules);
                            });
                          }))
    return problem;
  return each(node, path, "execution_count", execution_count);
}

Problem text_cell(const NotebookNode& node, const std::string& path, Rules rules, bool raw) {
  if (auto problem = each(node, path, "metadata", [&](const auto& metadata, const auto& at) {
        return text_metadata(metadata, at, rules, raw);
      }))
    return problem;
  if (auto problem = each(node, path, "attachments", attachments)) return problem;
  return each(node, path, "source", multiline);
}

Problem cell_members(const NotebookNode& node, const std::string& path, Rules rules, bool code) {
  bool ids = rules.minor >= 5;
  Problem others =
      code ? (ids ? no_others(
                        node, path,
                        {"id", "cell_type", "metadata", "source", "outputs", "execution_count"},
                        rules)
                  : no_others(node, path,
                              {"cell_type", "metadata", "source", "outputs", "execution_count"},
                              rules))
           : (ids ? no_others(node, path, {"id", "cell_type", "metadata", "attachments", "source"},
                              rules)
                  : no_others(node, path, {"cell_type", "metadata", "attachments", "source"},
                              rules));
  if (others) return others;
  if (ids)
    if (auto problem = has_all(node, path, {"id"})) return problem;
  if (auto problem = has_all(node, path, {"cell_type", "metadata", "source"})) return problem;
  if (code)
    if (auto problem = has_all(node, path, {"outputs", "execution_count"})) return problem;
  return ids ? each(node, path, "id", cell_id) : std::nullopt;
}

Problem cell(const NotebookNode& node, const std::string& path, Rules rules) {
  if (auto problem = of_type(node, path, "object")) return problem;
  std::string_view type = node.text_or("cell_type", "");
  bool code = type == "code";
  if (!code && type != "markdown" && type != "raw") {
    bool future = rules.relaxed() && !type.empty() && node.find("metadata") != nullptr;
    return future ? std::nullopt : of_no_schema(node, path);
  }
  if (auto problem = cell_members(node, path, rules, code)) return problem;
  return code ? code_cell(node, path, rules) : text_cell(node, path, rules, type == "raw");
}

Problem kernelspec(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "object")) return problem;
  if (auto problem = has_all(node, path, {"name", "display_name"})) return problem;
  if (auto problem = each(node, path, "name", is("string"))) return problem;
  return each(node, path, "display_name", is("string"));
}

Problem language_info(const NotebookNode& node, const std::string& path) {
  if (auto problem = of_type(node, path, "object")) return problem;
  if (auto problem = has_all(node, path, {"name"})) return problem;
  if (auto problem = each(node, path, "name", is("string"))) return problem;
  if (auto problem = each(node, path, "codemirror_mode",
                          [](const NotebookNode& mode, const std::string& at) -> Problem {
                            bool fits = mode.text() != nullptr || mode.object() != nullptr;
                            return fits ? std::nullopt : of_no_schema(mode, at);
                          }))
    return problem;
  for (std::string_view name : {"file_extension", "mimetype", "pygments_lexer"})
    if (auto problem = each(node, path, name, is("string"))) return problem;
  return std::nullopt;
}

Problem notebook_metadata(const NotebookNode& node, const std::string& path, Rules rules) {
  if (auto problem = of_type(node, path, "object")) return problem;
  if (auto problem = each(node, path, "kernelspec", kernelspec)) return problem;
  if (auto problem = each(node, path, "language_info", language_info)) return problem;
  if (auto problem = each(node, path, "orig_nbformat",
                          [](const NotebookNode& from, const std::string& at) -> Problem {
                            if (auto wrong = of_type(from, at, "integer")) return wrong;
                            return at_least(from, at, 1);
                          }))
    return problem;
  if (rules.minor < 2) return std::nullopt;
  if (auto problem = each(node, path, "title", is("string"))) return problem;
  return each(node, path, "authors", is("array"));
}

}  // namespace

std::optional<SchemaProblem> find_schema_problem(const NotebookNode& notebook) {
  if (auto problem = of_type(notebook, "", "object")) return problem;
  const NotebookNode* minor = notebook.find("nbformat_minor");
  Rules rules{minor == nullptr ? 0 : minor->integer().value_or(0)};
  Names names{"metadata", "nbformat_minor", "nbformat", "cells"};
  if (auto problem = no_others(notebook, "", names, rules)) return problem;
  if (auto problem = has_all(notebook, "", names)) return problem;
  if (auto problem = each(notebook, "", "metadata", [&](const auto& metadata, const auto& path) {
        return notebook_metadata(metadata, path, rules);
      }))
    return problem;
  if (auto problem = each(notebook, "", "nbformat_minor", is("integer"))) return problem;
  return each(notebook, "", "cells",
              [&](const NotebookNode& list, const std::string& at) -> Problem {
                if (auto wrong = of_type(list, at, "array")) return wrong;
                return elements(list, at, [&](const auto& element, const auto& place) {
                  return cell(element, place, rules);
                });
              });
}

std::string validation_problem(const NotebookNode& notebook) {
  auto problem = find_schema_problem(notebook);
  if (!problem) return "";
  return fmt::format("Notebook validation failed: {}\n\nOn instance{}:\n{}", problem->message,
                     problem->path, python_repr(*problem->instance, 2000));
}

}  // namespace cloister::wire
