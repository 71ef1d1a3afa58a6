// SPDX-License-Identifier: Apache-2.0
#include "render.hpp"

#include "cloister/report/numbers.hpp"
#include "cloister/wire/json.hpp"

#include "settings.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace cloister::app {
namespace json = boost::json;
namespace {

using report::counted;
using report::size_text;
using report::with_thousands;
using Rows = std::vector<std::vector<std::string>>;

std::string text_of(const json::value& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return printable(value.get_string());
  if (value.is_double()) return fmt::format("{}", value.get_double());
  return json::serialize(value);
}

// What a program wrote: line ends and tabs stay, everything else that commands a terminal is shown.
std::string printable_lines(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    std::size_t plain = text.find_first_of("\n\t");
    shown += printable(text.substr(0, plain));
    if (plain == std::string_view::npos) break;
    shown += text[plain];
    text.remove_prefix(plain + 1);
  }
  return shown;
}

std::string field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? "" : text_of(*value);
}

std::int64_t number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  return value->is_double() ? static_cast<std::int64_t>(value->get_double()) : 0;
}

const json::array& list(const json::object& object, std::string_view name) {
  static const json::array empty;
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

std::string render_datasets(const json::object& result) {
  Rows rows;
  for (const json::value& item : list(result, "datasets")) {
    const json::object& dataset = item.get_object();
    rows.push_back({field(dataset, "dataset"), field(dataset, "version"),
                    with_thousands(number(dataset, "rows")), field(dataset, "columns"),
                    size_text(number(dataset, "bytes_stored")),
                    field(dataset, "created").substr(0, 19)});
  }
  if (rows.empty()) return "no datasets yet: `cloister data import FILE` makes the first\n";
  return table({"dataset", "version", "rows", "columns", "stored", "created (UTC)"}, rows,
               terminal_columns());
}

std::string render_kernel(const json::object& kernel) {
  std::string datasets;
  for (const json::value& name : list(kernel, "datasets"))
    datasets += (datasets.empty() ? "" : ", ") + std::string(name.get_string());
  std::string path = field(kernel, "path");
  return fmt::format("{}  {}: {}\n", field(kernel, "kernel").substr(0, 8),
                     path.empty() ? "no document" : path,
                     datasets.empty() ? "no dataset granted" : datasets);
}

std::string render_kernels(const json::object& result) {
  std::string text;
  for (const json::value& kernel : list(result, "kernels"))
    text += render_kernel(kernel.get_object());
  return text.empty() ? "no kernel runs; a notebook in the studio starts one\n" : text;
}

std::string render_columns(const json::object& result) {
  Rows rows;
  for (const json::value& item : list(result, "columns")) {
    const json::object& column = item.get_object();
    rows.push_back({field(column, "name"), field(column, "type")});
  }
  return table({"column", "type"}, rows, terminal_columns());
}

std::string render_dataset(const json::object& result) {
  std::string text = fmt::format(
      "{}@{}: {}, {}, {} stored\n", field(result, "dataset"), field(result, "version"),
      counted(number(result, "rows"), "row", "rows"),
      counted(static_cast<std::int64_t>(list(result, "columns").size()), "column", "columns"),
      size_text(number(result, "bytes_stored")));
  if (!field(result, "description").empty()) text += field(result, "description") + "\n";
  for (const json::value& parent : list(result, "lineage"))
    text += fmt::format("made from {}\n", text_of(parent));
  return text + fmt::format("root {}\n\n", field(result, "root")) + render_columns(result);
}

std::string render_import(const json::object& result) {
  return fmt::format(
      "imported {}@{}: {}, {}, {} in, {} stored encrypted, {:.1f} s\n", field(result, "dataset"),
      field(result, "version"), counted(number(result, "rows"), "row", "rows"),
      counted(static_cast<std::int64_t>(list(result, "columns").size()), "column", "columns"),
      size_text(number(result, "bytes_in")), size_text(number(result, "bytes_stored")),
      result.at("seconds").to_number<double>());
}

std::string render_versions(const json::object& result) {
  Rows rows;
  for (const json::value& item : list(result, "versions")) {
    const json::object& version = item.get_object();
    rows.push_back({field(version, "version"), with_thousands(number(version, "rows")),
                    size_text(number(version, "bytes_stored")),
                    field(version, "created").substr(0, 19), field(version, "root").substr(0, 16)});
  }
  return table({"version", "rows", "stored", "created (UTC)", "root"}, rows, terminal_columns());
}

std::string render_verify(const json::object& result) {
  if (result.at("ok").get_bool())
    return fmt::format("verified: {}, {}, nothing changed\n",
                       counted(number(result, "versions"), "version", "versions"),
                       size_text(number(result, "bytes")));
  return fmt::format("{} found\n", counted(static_cast<std::int64_t>(list(result, "damage").size()),
                                           "change", "changes"));
}

std::string render_attempts(const json::object& result) {
  std::string text;
  for (const json::value& attempt : list(result, "attempts"))
    text += render_attempt(attempt.get_object());
  return text.empty() ? "no refused attempt so far\n" : text;
}

std::string render_run(const json::object& result) {
  std::string text = printable_lines(result.at("stdout").get_string());
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += printable_lines(result.at("stderr").get_string());
  const json::array& attempts = list(result, "attempts");
  text += fmt::format(
      "{}: {:.1f} s in a sealed cell, {}, {} refused\n", field(result, "status"),
      result.at("seconds").to_number<double>(),
      counted(static_cast<std::int64_t>(list(result, "outputs").size()), "output", "outputs"),
      counted(static_cast<std::int64_t>(attempts.size()), "attempt", "attempts"));
  for (const json::value& attempt : attempts) text += "  " + render_attempt(attempt.get_object());
  return text;
}

std::string render_ledger(const json::object& result) {
  Rows rows;
  for (const json::value& item : list(result, "entries")) {
    const json::object& entry = item.get_object();
    rows.push_back({field(entry, "seq"), field(entry, "time").substr(0, 19), field(entry, "who"),
                    field(entry, "kind"), field(entry, "dataset"), field(entry, "decision"),
                    field(entry, "purpose")});
  }
  return table({"seq", "time (UTC)", "who", "kind", "dataset", "decision", "purpose"}, rows,
               terminal_columns());
}

std::string render_ledger_verify(const json::object& result) {
  if (!result.at("ok").get_bool()) return "";
  return fmt::format("verified: {}, root {}\n",
                     counted(number(result, "entries"), "entry", "entries"), field(result, "root"));
}

std::string render_probes(const json::object& result) {
  Rows rows;
  for (const json::value& item : list(result, "probes")) {
    const json::object& probe = item.get_object();
    rows.push_back(
        {field(probe, "id"), field(probe, "cell"), field(probe, "control"), field(probe, "title")});
  }
  return table({"probe", "cell", "control", "title"}, rows, terminal_columns()) +
         fmt::format("{} held, {} escaped, {} without a working control\n", number(result, "held"),
                     number(result, "escaped"), number(result, "controls_failed"));
}

std::string render_posture(const json::object& result) {
  Rows rows;
  for (const json::value& item : list(result, "checks")) {
    const json::object& check = item.get_object();
    rows.push_back({field(check, "state"), field(check, "claim"), field(check, "evidence")});
  }
  return table({"state", "claim", "evidence"}, rows, terminal_columns());
}

// Objects as indented "name: value" lines, for commands without a form of their own.
std::string render_object(const json::object& object, std::size_t indent = 0) {
  std::string text;
  for (const auto& member : object) {
    text += std::string(indent, ' ') + std::string(member.key()) + ":";
    if (member.value().is_object()) {
      text += "\n" + render_object(member.value().get_object(), indent + 2);
    } else {
      text += " " + text_of(member.value()) + "\n";
    }
  }
  return text;
}

std::string csv_cell(const json::value& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string()   ? std::string(value.get_string())
                     : value.is_double() ? fmt::format("{}", value.get_double())
                                         : json::serialize(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos && !text.empty()) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

// Rows of a query, from the text that the worker wrote. Too large for the limits of messages, hence
// parsed here.
json::array parse_rows(const std::string& body) {
  boost::system::error_code error;
  json::value rows = json::parse(body.empty() ? "[]" : body, error);
  return error || !rows.is_array() ? json::array() : rows.get_array();
}

std::vector<std::string> column_names(const json::object& result) {
  std::vector<std::string> names;
  for (const json::value& column : list(result, "columns"))
    names.push_back(field(column.get_object(), "name"));
  return names;
}

std::string render_query(const api::Reply& reply) {
  std::string text = render_rows(reply, "table");
  text += counted(number(reply.result, "row_count"), "row", "rows");
  if (wire::flag(reply.result, "truncated")) text += " shown, there are more: --limit 0 for all";
  return text + fmt::format(", {:.2f} s\n", reply.result.at("seconds").to_number<double>());
}

const std::map<std::string_view, std::function<std::string(const json::object&)>> forms{
    {"data list", render_datasets},   {"data show", render_dataset},
    {"data import", render_import},   {"data versions", render_versions},
    {"data verify", render_verify},   {"kernels list", render_kernels},
    {"kernels grant", render_kernel}, {"kernels revoke", render_kernel},
    {"watch", render_attempts},       {"run", render_run},
    {"ledger show", render_ledger},   {"selftest", render_probes},
    {"posture", render_posture},      {"ledger verify", render_ledger_verify},
};

}  // namespace

std::string render_attempt(const json::object& attempt) {
  std::string to =
      field(attempt, "host").empty() ? field(attempt, "address") : field(attempt, "host");
  if (number(attempt, "port") > 0) to += fmt::format(":{}", number(attempt, "port"));
  std::string where =
      field(attempt, "notebook").empty() ? field(attempt, "cell") : field(attempt, "notebook");
  std::string times = number(attempt, "count") > 1
                          ? fmt::format(" ({} times)", with_thousands(number(attempt, "count")))
                          : "";
  return fmt::format("{}  {}  {}  {} {}{}  by {}\n", field(attempt, "time").substr(0, 19), where,
                     field(attempt, "verdict"), field(attempt, "operation"), to, times,
                     field(attempt, "program"));
}

std::string render_rows(const api::Reply& reply, std::string_view format) {
  if (format == "json") return (reply.body.empty() ? "[]" : reply.body) + "\n";
  json::array rows = parse_rows(reply.body);
  std::vector<std::string> names = column_names(reply.result);
  std::string text;
  if (format == "csv") {
    for (std::size_t i = 0; i < names.size(); ++i)
      text += (i > 0 ? "," : "") + csv_cell(json::value(names[i]));
    text += "\r\n";
    for (const json::value& row : rows) {
      const json::array& cells = row.get_array();
      for (std::size_t i = 0; i < cells.size(); ++i)
        text += (i > 0 ? "," : "") + csv_cell(cells[i]);
      text += "\r\n";
    }
    return text;
  }
  Rows shown;
  for (const json::value& row : rows) {
    shown.emplace_back();
    for (const json::value& cell : row.get_array())
      shown.back().push_back(cell.is_null() ? "NULL" : text_of(cell));
  }
  return table(names, shown, terminal_columns());
}

std::string render(const ParsedLine& line, const api::Reply& reply) {
  if (line.find("out") != nullptr) return fmt::format("written to {}\n", *line.find("out"));
  if (line.command->verb == "data query") {
    const std::string* format = line.find("format");
    return format != nullptr && *format != "table" ? render_rows(reply, *format)
                                                   : render_query(reply);
  }
  if (line.command->verb.starts_with("ledger ") && !reply.body.empty()) return reply.body;
  auto form = forms.find(line.command->verb);
  return form == forms.end() ? render_object(reply.result) : form->second(reply.result);
}

}  // namespace cloister::app
