// SPDX-License-Identifier: Apache-2.0
#include "import.hpp"

#include "cloister/wire/data_errors.hpp"

#include "import_csv.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

std::uint64_t size_of(const io::Descriptor& file) {
  struct stat info{};
  return fstat(file.number(), &info) == 0 && info.st_size > 0
             ? static_cast<std::uint64_t>(info.st_size)
             : 0;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

base::Result<wire::data::ImportedReply> Importer::run(wire::data::ImportRequest request,
                                                      io::Descriptor source,
                                                      io::Descriptor old_file) {
  request_ = std::move(request);
  source_ = std::move(source);
  old_file_ = std::move(old_file);
  auto done = run_steps();
  if (!done && cancelled_) return base::fail(errors::cancelled, "the import was cancelled");
  return done;
}

base::Result<wire::data::ImportedReply> Importer::run_steps() {
  std::array<char, 16> start{};
  const ssize_t got = pread(source_.number(), start.data(), start.size(), 0);
  if (got < 0) return base::fail_errno(errors::engine, "the file cannot be read", errno);
  if (got == 0) return base::fail(errors::empty, "the file is empty");
  CLOISTER_TRY(FileFormat format, detect_format(request_.file_name, request_.format,
                                                {start.data(), static_cast<std::size_t>(got)}));
  CLOISTER_TRY_DO(open_output());
  if (request_.append_to) CLOISTER_TRY_DO(attach_old());
  CLOISTER_TRY_DO(import_file(format));
  wire::data::ImportedReply reply;
  CLOISTER_TRY(std::int64_t rows, connection_->integer("SELECT count(*) FROM made.main.data"));
  CLOISTER_TRY(Result shape, connection_->query("SELECT * FROM made.main.data LIMIT 0"));
  reply.rows = static_cast<std::uint64_t>(rows);
  reply.columns = shape.columns();
  reply.bytes_in = size_of(source_);
  shape.reset();
  CLOISTER_TRY_DO(finish_output());
  return reply;
}

base::Outcome Importer::open_output() {
  DatabaseOptions options = options_.database;
  options.spill_folder = options_.folder + "/spill";
  CLOISTER_TRY(auto database, Database::open(options));
  CLOISTER_TRY(auto connection, database->connect());
  source_name_ = database->files().add(source_.number(), {});
  {
    std::lock_guard lock(mutex_);
    database_ = std::move(database);
    connection_ = std::move(connection);
  }
  return database_->attach(*connection_, options_.folder + "/data.duckdb", "made", request_.key,
                           false);
}

base::Outcome Importer::attach_old() {
  const std::string name =
      database_->files().add(old_file_.number(), request_.append_to->block_hashes);
  CLOISTER_TRY_DO(database_->attach(*connection_, name, "old", request_.append_to->key, true));
  CLOISTER_TRY(Result shape, connection_->query("SELECT * FROM old.main.data LIMIT 0"));
  old_columns_ = shape.columns();
  return {};
}

base::Outcome Importer::import_file(FileFormat format) {
  switch (format) {
    case FileFormat::csv:
      return import_csv(false);
    case FileFormat::tsv:
      return import_csv(true);
    case FileFormat::json:
    case FileFormat::parquet:
      return import_table_function(format);
    case FileFormat::arrow:
      return import_arrow();
  }
  std::unreachable();
}

// Old rows first, then the new ones, in the order of the file.
base::Outcome Importer::store(const std::string& select) {
  if (cancelled_) return base::fail(errors::cancelled, "the import was cancelled");
  CLOISTER_TRY_DO(connection_->execute("DROP TABLE IF EXISTS made.main.data"));
  if (!request_.append_to) return connection_->execute("CREATE TABLE made.main.data AS " + select);
  CLOISTER_TRY_DO(
      connection_->execute("CREATE TABLE made.main.data AS SELECT * FROM old.main.data"));
  return connection_->execute("INSERT INTO made.main.data " + select);
}

// SELECT of what is stored from a table expression that has typed columns: all of it, or with
// --append the old columns in their order. Refused when the columns are not the same, or when a
// new column would have to lose something to become the old type.
base::Result<std::string> Importer::select_from(const std::string& from) {
  CLOISTER_TRY(Result shape, connection_->query(fmt::format("SELECT * FROM {} LIMIT 0", from)));
  const std::vector<Column> columns = shape.columns();
  if (columns.empty()) return base::fail(errors::not_a_table, "the file has no columns");
  for (const auto& [name, type] : request_.types)
    if (std::ranges::none_of(columns, [&](const Column& c) { return same_name(c.name, name); }))
      return base::fail(errors::bad_type, fmt::format("there is no column '{}'", name));
  if (!request_.append_to) {
    std::string list;
    for (const Column& column : columns) {
      auto forced = std::ranges::find_if(
          request_.types, [&](const auto& type) { return same_name(type.first, column.name); });
      std::string type = forced == request_.types.end() ? column.type : forced->second;
      if (type == "JSON") type = "VARCHAR";
      list += fmt::format("{}CAST({} AS {}) AS {}", list.empty() ? "" : ", ",
                          quote_name(column.name), type, quote_name(column.name));
    }
    return fmt::format("SELECT {} FROM {}", list, from);
  }
  CLOISTER_TRY_DO(same_columns(old_columns_, columns));
  std::string list;
  for (const Column& old : old_columns_) {
    const std::string name = quote_name(old.name);
    CLOISTER_TRY(Result both,
                 connection_->query(fmt::format("(SELECT {0} FROM old.main.data LIMIT 0) UNION ALL "
                                                "(SELECT {0} FROM {1} LIMIT 0)",
                                                name, from)));
    if (both.columns().front().type != old.type)
      return base::fail(
          errors::columns_differ,
          fmt::format("column '{}' has another type than before ({})", old.name, old.type),
          "import the file as a dataset of its own");
    list += fmt::format("{}CAST({} AS {})", list.empty() ? "" : ", ", name, old.type);
  }
  return fmt::format("SELECT {} FROM {}", list, from);
}

base::Outcome Importer::import_table_function(FileFormat format) {
  const std::string file = quote_text(source_name_);
  // Every row is looked at for the columns: a key that turns up late is a column, not lost.
  const std::string from = format == FileFormat::parquet
                               ? fmt::format("read_parquet({})", file)
                               : fmt::format(
                                     "read_json({}, format='auto', records='true', sample_size=-1, "
                                     "maximum_object_size=16777216, ignore_errors=false)",
                                     file);
  auto select = select_from(from);
  base::Outcome stored = select ? store(*select) : std::unexpected(select.error());
  if (stored || cancelled_) return stored;
  const base::Error& error = stored.error();
  if (error.is(errors::columns_differ) || error.is(errors::bad_type) ||
      error.is(errors::out_of_memory) || error.is(errors::integrity))
    return stored;
  if (format == FileFormat::parquet)
    return base::fail(errors::not_a_table,
                      "the Parquet file is damaged, encrypted or of a kind that cannot be read");
  return base::fail(errors::bad_row, "the file has a row that is not a JSON object of one kind",
                    "each line must be one JSON object");
}

base::Outcome Importer::finish_output() {
  CLOISTER_TRY_DO(connection_->execute("CHECKPOINT made"));
  CLOISTER_TRY_DO(connection_->execute("DETACH made"));
  std::lock_guard lock(mutex_);
  connection_.reset();
  database_.reset();
  return {};
}

void Importer::cancel() {
  cancelled_ = true;
  std::lock_guard lock(mutex_);
  if (connection_) connection_->interrupt();
}

wire::data::ProgressReply Importer::progress() {
  wire::data::ProgressReply reply{.what = "import", .done = 0, .total = size_of(source_)};
  std::lock_guard lock(mutex_);
  // An interrupt that came between two statements was lost: progress is asked for again and again.
  if (cancelled_ && connection_) connection_->interrupt();
  if (database_) reply.done = std::min(database_->files().bytes_read(source_name_), reply.total);
  return reply;
}

}  // namespace cloister::data
