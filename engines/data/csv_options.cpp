// SPDX-License-Identifier: Apache-2.0
#include "cloister/data/csv_options.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/data_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

constexpr std::size_t name_bytes_max = 512;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

struct Row {
  std::vector<std::string> fields;
  std::uint64_t line = 1;  // where it begins
};

// Cuts a text into rows. Nothing more when the text ends inside a row that is not complete.
class Cutter {
 public:
  Cutter(std::string_view text, char delimiter, bool whole)
      : text_(text), delimiter_(delimiter), whole_(whole) {}

  std::optional<Row> next() {
    if (at_ >= text_.size()) return std::nullopt;
    Row row;
    row.line = line_;
    for (;;) {
      std::string field;
      const bool complete = text_[at_] == '"' ? quoted_field(field) : plain_field(field);
      if (!complete && !whole_) return std::nullopt;
      row.fields.push_back(std::move(field));
      if (at_ >= text_.size()) return whole_ ? std::optional(std::move(row)) : std::nullopt;
      if (text_[at_] != delimiter_) break;
      if (++at_ >= text_.size()) {
        if (!whole_) return std::nullopt;
        row.fields.emplace_back();
        return row;
      }
    }
    end_of_line();
    return row;
  }

 private:
  // Both leave at_ on the delimiter, the end of the line or the end of the text; false when the
  // text ended first.
  bool plain_field(std::string& field) {
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
           text_[at_] != '\r')
      field += text_[at_++];
    return at_ < text_.size();
  }
  bool quoted_field(std::string& field) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        field += c;
      } else if (at_ < text_.size() && text_[at_] == '"') {
        field += text_[at_++];
      } else {
        return plain_field(field);  // what follows the quote is refused when the file is read
      }
    }
    return false;
  }
  void end_of_line() {
    if (text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  char delimiter_;
  bool whole_;
};

struct Cut {
  std::size_t fields = 0;   // of the first row
  std::size_t rows = 0;     // that were looked at
  std::size_t fitting = 0;  // of them with as many fields
};

Cut try_delimiter(std::string_view sample, char delimiter, bool whole) {
  constexpr std::size_t rows_max = 200;
  Cutter cutter(sample, delimiter, whole);
  Cut cut;
  while (cut.rows < rows_max) {
    auto row = cutter.next();
    if (!row) break;
    if (cut.rows++ == 0) cut.fields = row->fields.size();
    if (row->fields.size() == cut.fields) ++cut.fitting;
  }
  return cut;
}

// A delimiter that cuts every row alike beats one that does not; then the one with more fields.
char choose_delimiter(std::string_view sample, bool whole) {
  char best = ',';
  Cut best_cut;
  for (char delimiter : {',', ';', '\t', '|'}) {
    Cut cut = try_delimiter(sample, delimiter, whole);
    if (cut.fields < 2) continue;
    const bool even = cut.fitting == cut.rows;
    const bool best_even = best_cut.fields > 1 && best_cut.fitting == best_cut.rows;
    if (best_cut.fields < 2 || (even && !best_even) ||
        (even == best_even && cut.fields > best_cut.fields)) {
      best = delimiter;
      best_cut = cut;
    }
  }
  return best;
}

bool all_numbers(const std::vector<std::string>& fields) {
  return std::ranges::all_of(fields, [](const std::string& field) {
    return exact_bigint(field).has_value() || exact_real(field).has_value();
  });
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

base::Outcome check_header(const std::vector<std::string>& fields) {
  if (fields.size() > base::limits::columns_max)
    return base::fail(errors::not_a_table,
                      fmt::format("the file has more than {} columns", base::limits::columns_max));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool control = std::ranges::any_of(fields[i], [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
             c == 0x7f;
    });
    if (fields[i].size() > name_bytes_max || control)
      return base::fail(
          errors::not_a_table,
          fmt::format("line 1, column {}: this cannot be the name of a column", i + 1),
          "the first line must name the columns");
  }
  return {};
}

void look_at_values(Cutter& cutter, const std::optional<Row>& first_data, CsvOptions& options) {
  std::vector<std::uint8_t> fitting(options.columns.size(), all_types);
  auto look = [&](const Row& row) {
    for (std::size_t i = 0; i < std::min(row.fields.size(), fitting.size()); ++i) {
      if (is_missing(row.fields[i])) continue;
      fitting[i] &= fitting_types(row.fields[i]);
      options.columns[i].seen = true;
    }
  };
  if (first_data) look(*first_data);
  while (auto row = cutter.next()) look(*row);
  for (std::size_t i = 0; i < fitting.size(); ++i) {
    if (!options.columns[i].seen) continue;
    for (unsigned type = 0; type < exact_types; ++type)
      if (fitting[i] >> type & 1) {
        options.columns[i].type = static_cast<ExactType>(type);
        break;
      }
  }
}

}  // namespace

std::vector<std::string> column_names(const std::vector<std::string>& fields) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const std::string& field : fields) taken.insert(lower(field));
  std::set<std::string> given;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string name = fields[i];
    const std::size_t from = name.find_first_not_of(" \t\r\n");
    name = from == name.npos ? "" : name.substr(from, name.find_last_not_of(" \t\r\n") - from + 1);
    if (name.empty()) name = fmt::format("column{}", i + 1);
    std::string candidate = name;
    for (int again = 2; given.contains(lower(candidate)); ++again) {
      candidate = fmt::format("{}_{}", name, again);
      while (taken.contains(lower(candidate))) candidate = fmt::format("{}_{}", name, ++again);
    }
    given.insert(lower(candidate));
    names.push_back(std::move(candidate));
  }
  return names;
}

base::Result<CsvOptions> csv_options(std::string_view sample, bool whole, bool tab_separated) {
  CsvOptions options;
  if (sample.starts_with(byte_order_mark)) {
    options.byte_order_mark = true;
    sample.remove_prefix(byte_order_mark.size());
  }
  if (sample.find_first_not_of(" \t\r\n") == sample.npos)
    return base::fail(errors::empty, "the file is empty");
  if (sample.find('\0') != sample.npos)
    return base::fail(errors::not_a_table, "the file is not text", "is its name right?");
  options.delimiter = tab_separated ? '\t' : choose_delimiter(sample, whole);
  Cutter cutter(sample, options.delimiter, whole);
  auto first = cutter.next();
  if (!first)
    return base::fail(errors::not_a_table, "line 1: the first row does not end",
                      "is a quote not closed, or is the file not a table?");
  CLOISTER_TRY_DO(check_header(first->fields));
  options.header = !all_numbers(first->fields);
  for (std::string& name : column_names(
           options.header ? first->fields : std::vector<std::string>(first->fields.size())))
    options.columns.push_back({.name = std::move(name)});
  std::optional<Row> data;
  if (!options.header) data = std::move(first);
  look_at_values(cutter, data, options);
  return options;
}

}  // namespace cloister::data
