// SPDX-License-Identifier: Apache-2.0
#include "import_csv.hpp"

#include "cloister/wire/data_errors.hpp"

#include "exact_columns.hpp"
#include "import.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

base::Result<std::string> read_sample(int file) {
  std::string sample(csv_sample_bytes, '\0');
  std::size_t size = 0;
  while (size < sample.size()) {
    ssize_t got = pread(file, sample.data() + size, sample.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail_errno(errors::engine, "the file cannot be read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  sample.resize(size);
  return sample;
}

// The types that can be converted exactly, by their SQL name; anything else DuckDB casts.
ExactType exact_type_of(std::string_view sql) {
  for (ExactType type : {ExactType::boolean, ExactType::bigint, ExactType::real, ExactType::date,
                         ExactType::timestamp})
    if (sql == sql_type(type)) return type;
  return ExactType::text;
}

base::Outcome ask_for_types(CsvPlan& plan,
                            const std::vector<std::pair<std::string, std::string>>& types) {
  for (const auto& [name, type] : types) {
    auto found = std::ranges::find_if(plan.options.columns, [&](const CsvColumn& column) {
      return same_name(column.name, name);
    });
    if (found == plan.options.columns.end())
      return base::fail(errors::bad_type, fmt::format("there is no column '{}'", name));
    const auto index = static_cast<std::size_t>(found - plan.options.columns.begin());
    plan.asked[index] = type;
    plan.types[index] = ExactType::text;
  }
  return {};
}

// --append: the old version's types are the types.
base::Outcome take_old_types(CsvPlan& plan, const std::vector<Column>& old_columns) {
  std::vector<Column> columns;
  for (const CsvColumn& column : plan.options.columns) columns.push_back({column.name, ""});
  CLOISTER_TRY_DO(same_columns(old_columns, columns));
  plan.fixed = true;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto old = std::ranges::find_if(
        old_columns, [&](const Column& column) { return same_name(column.name, columns[i].name); });
    plan.types[i] = exact_type_of(old->type);
    if (plan.types[i] == ExactType::text && old->type != "VARCHAR") plan.asked[i] = old->type;
  }
  return {};
}

// read_csv with everything said: nothing is guessed, no row is left out. The one exception are
// `rejects`: then bad rows are noted and left out, to find the first of them.
std::string read_csv(const std::string& file, const CsvPlan& plan, bool rejects) {
  std::string columns;
  for (std::size_t i = 0; i < plan.options.columns.size(); ++i)
    columns += fmt::format("{}{}: {}", i > 0 ? ", " : "", quote_text(plan.options.columns[i].name),
                           quote_text(plan.asked[i].empty() ? "VARCHAR" : plan.asked[i]));
  return fmt::format(
      "read_csv({}, auto_detect=false, columns={{{}}}, delim={}, quote='\"', escape='\"', "
      "header={}, nullstr='', strict_mode=true, null_padding=false, encoding='utf-8', "
      "max_line_size=16777216, buffer_size=33554432{})",
      quote_text(file), columns, quote_text(std::string(1, plan.options.delimiter)),
      plan.options.header, rejects ? ", store_rejects=true, rejects_limit=100" : "");
}

std::string in_words(std::string_view kind) {
  if (kind == "CAST") return "the value does not fit the column's type";
  if (kind == "MISSING COLUMNS") return "the row has too few fields";
  if (kind == "TOO MANY COLUMNS") return "the row has too many fields";
  if (kind == "UNQUOTED VALUE") return "a quote is not closed or not escaped";
  if (kind == "LINE SIZE OVER MAXIMUM") return "the row is longer than 16 MiB";
  if (kind == "INVALID ENCODING" || kind == "INVALID UNICODE") return "the text is not UTF-8";
  return "the row cannot be read";
}

}  // namespace

base::Outcome same_columns(const std::vector<Column>& old_columns,
                           const std::vector<Column>& new_columns) {
  auto has = [](const std::vector<Column>& columns, const Column& wanted) {
    return std::ranges::any_of(
        columns, [&](const Column& column) { return same_name(column.name, wanted.name); });
  };
  for (const Column& column : old_columns)
    if (!has(new_columns, column))
      return base::fail(errors::columns_differ,
                        fmt::format("the file lacks the column '{}' of the dataset", column.name),
                        "import the file as a dataset of its own");
  for (const Column& column : new_columns)
    if (!has(old_columns, column))
      return base::fail(errors::columns_differ,
                        fmt::format("the dataset has no column '{}'", column.name),
                        "import the file as a dataset of its own");
  return {};
}

base::Outcome Importer::import_csv(bool tab_separated) {
  CLOISTER_TRY(std::string sample, read_sample(source_.number()));
  CsvPlan plan;
  CLOISTER_TRY(plan.options, csv_options(sample, sample.size() < csv_sample_bytes, tab_separated));
  for (const CsvColumn& column : plan.options.columns) plan.types.push_back(column.type);
  plan.asked.resize(plan.types.size());
  if (request_.append_to) CLOISTER_TRY_DO(take_old_types(plan, old_columns_));
  CLOISTER_TRY_DO(ask_for_types(plan, request_.types));
  // A value that does not fit its column's guessed type widens the column and costs one more pass;
  // the second pass can only fail where a file changes while it is read.
  for (int pass = 0; pass < 3; ++pass) {
    auto columns = ExactColumns::install(*connection_, plan.types);
    if (!columns) return std::unexpected(columns.error());
    std::string list;
    auto add = [&](std::size_t i) {
      const std::string& name = plan.options.columns[i].name;
      list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ", (*columns)->expression(i, name),
                          quote_name(name));
    };
    if (plan.fixed) {
      for (const Column& old : old_columns_)
        for (std::size_t i = 0; i < plan.options.columns.size(); ++i)
          if (same_name(plan.options.columns[i].name, old.name)) add(i);
    } else {
      for (std::size_t i = 0; i < plan.options.columns.size(); ++i) add(i);
    }
    base::Outcome stored =
        store(fmt::format("SELECT {} FROM {}", list, read_csv(source_name_, plan, false)));
    if (!stored) return std::unexpected(explain_csv(plan, stored.error()));
    auto surprises = (*columns)->surprises();
    if (surprises.empty()) return {};
    if (plan.fixed) {
      for (const auto& surprise : surprises)
        plan.asked[surprise.column] = sql_type(plan.types[surprise.column]);
      const auto& column = plan.options.columns[surprises.front().column];
      return std::unexpected(explain_csv(
          plan,
          base::Error(errors::columns_differ,
                      fmt::format("column '{}' has a value that does not fit its type {}",
                                  column.name, sql_type(plan.types[surprises.front().column])),
                      "import the file as a dataset of its own")));
    }
    for (const auto& surprise : surprises) plan.types[surprise.column] = surprise.type;
  }
  return base::fail(errors::engine, "the file changed while it was read");
}

// Finds line and column of the first bad row: DuckDB's own message quotes values and cannot be
// shown. One thread, so that the first row that is noted is the first of the file.
base::Error Importer::explain_csv(const CsvPlan& plan, base::Error otherwise) {
  if (cancelled_ || otherwise.is(errors::out_of_memory) || otherwise.is(errors::integrity))
    return otherwise;
  (void)connection_->execute("SET threads=1");
  auto counted = connection_->query(
      fmt::format("SELECT count(COLUMNS(*)) FROM {}", read_csv(source_name_, plan, true)));
  if (!counted) return otherwise;
  auto line = connection_->integer("SELECT line FROM reject_errors ORDER BY line LIMIT 1");
  auto column = connection_->integer(
      "SELECT coalesce(column_idx, 0) FROM reject_errors ORDER BY line, column_idx LIMIT 1");
  auto kind = connection_->text(
      "SELECT error_type::VARCHAR FROM reject_errors ORDER BY line, column_idx LIMIT 1");
  if (!line || !column || !kind || *line == 0) return otherwise;
  std::string where = fmt::format("line {}", *line);
  if (*column > 0) where += fmt::format(", column {}", *column);
  if (*column > 0 && static_cast<std::size_t>(*column) <= plan.options.columns.size())
    where +=
        fmt::format(" ('{}')", plan.options.columns[static_cast<std::size_t>(*column) - 1].name);
  return {errors::bad_row, fmt::format("{}: {}", where, in_words(*kind)),
          "correct the file and import it again; nothing of it was kept"};
}

}  // namespace cloister::data
