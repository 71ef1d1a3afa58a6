// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/base/check.hpp"
#include "cloister/wire/data_errors.hpp"

#include "logical_type.hpp"

#include <fmt/format.h>

#include <thread>
#include <utility>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

base::Error error_of_result(duckdb_result& result) {
  const char* message = duckdb_result_error(&result);
  return error_of(duckdb_result_error_type(&result), message == nullptr ? "" : message);
}

// The settings that hold before the first statement, as DuckDB's configuration.
class Configuration {
 public:
  Configuration() { duckdb_create_config(&config_); }
  ~Configuration() { duckdb_destroy_config(&config_); }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  void set(const char* name, const std::string& value) {
    CLOISTER_CHECK(duckdb_set_config(config_, name, value.c_str()) == DuckDBSuccess);
  }
  duckdb_config raw() { return config_; }

 private:
  duckdb_config config_ = nullptr;
};

}  // namespace

std::string quote_text(std::string_view text) {
  return quoted(text, '\'');
}

std::string quote_name(std::string_view name) {
  return quoted(name, '"');
}

Result::Result(Result&& other) noexcept
    : result_(std::exchange(other.result_, {})), filled_(std::exchange(other.filled_, false)) {}

Result& Result::operator=(Result&& other) noexcept {
  std::swap(result_, other.result_);
  std::swap(filled_, other.filled_);
  return *this;
}

void Result::reset() {
  if (filled_) duckdb_destroy_result(&result_);
  filled_ = false;
}

std::vector<Column> Result::columns() {
  std::vector<Column> columns;
  for (idx_t i = 0; i < duckdb_column_count(&result_); ++i) {
    LogicalType type(duckdb_column_logical_type(&result_, i));
    columns.push_back({duckdb_column_name(&result_, i), type_name(type.raw())});
  }
  return columns;
}

base::Outcome Connection::execute(const std::string& sql) {
  CLOISTER_TRY(auto result, query(sql));
  return {};
}

base::Result<Result> Connection::query(const std::string& sql) {
  Result result;
  result.filled_ = true;
  if (duckdb_query(connection_, sql.c_str(), result.raw()) != DuckDBSuccess)
    return std::unexpected(error_of_result(result.result_));
  return result;
}

namespace {

class Extracted {
 public:
  Extracted(duckdb_connection connection, const std::string& sql)
      : count_(duckdb_extract_statements(connection, sql.c_str(), &statements_)) {}
  ~Extracted() { duckdb_destroy_extracted(&statements_); }
  Extracted(const Extracted&) = delete;
  Extracted& operator=(const Extracted&) = delete;
  idx_t count() const { return count_; }
  duckdb_extracted_statements raw() { return statements_; }

 private:
  duckdb_extracted_statements statements_ = nullptr;
  idx_t count_ = 0;
};

class Prepared {
 public:
  ~Prepared() { duckdb_destroy_prepare(&statement_); }
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  duckdb_prepared_statement* out() { return &statement_; }
  duckdb_prepared_statement raw() { return statement_; }

 private:
  duckdb_prepared_statement statement_ = nullptr;
};

class Pending {
 public:
  ~Pending() { duckdb_destroy_pending(&pending_); }
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  duckdb_pending_result* out() { return &pending_; }
  duckdb_pending_result raw() { return pending_; }

 private:
  duckdb_pending_result pending_ = nullptr;
};

}  // namespace

base::Result<Result> Connection::stream(const std::string& sql) {
  Extracted statements(connection_, sql);
  if (statements.count() == 0)
    return std::unexpected(
        error_of(DUCKDB_ERROR_PARSER, duckdb_extract_statements_error(statements.raw()) == nullptr
                                          ? "there is no statement"
                                          : duckdb_extract_statements_error(statements.raw())));
  for (idx_t i = 0; i < statements.count(); ++i) {
    const bool last = i + 1 == statements.count();
    Prepared prepared;
    if (duckdb_prepare_extracted_statement(connection_, statements.raw(), i, prepared.out()) !=
        DuckDBSuccess)
      return std::unexpected(error_of_text(duckdb_prepare_error(prepared.raw())));
    Pending pending;
    auto start = last ? duckdb_pending_prepared_streaming : duckdb_pending_prepared;
    if (start(prepared.raw(), pending.out()) != DuckDBSuccess)
      return std::unexpected(error_of_text(duckdb_pending_error(pending.raw())));
    Result result;
    result.filled_ = true;
    if (duckdb_execute_pending(pending.raw(), result.raw()) != DuckDBSuccess)
      return std::unexpected(error_of_result(result.result_));
    if (last) return result;
  }
  std::unreachable();
}

base::Result<Chunk> Connection::next(Result& result) {
  Chunk chunk(duckdb_fetch_chunk(*result.raw()));
  if (!chunk) {
    const char* message = duckdb_result_error(result.raw());
    if (message != nullptr && *message != '\0')
      return std::unexpected(error_of_result(*result.raw()));
  }
  return chunk;
}

base::Result<std::string> Connection::text(const std::string& sql) {
  CLOISTER_TRY(Result result, query(sql));
  if (duckdb_row_count(result.raw()) == 0) return std::string();
  char* value = duckdb_value_varchar(result.raw(), 0, 0);
  std::string text = value == nullptr ? "" : value;
  duckdb_free(value);
  return text;
}

base::Result<std::int64_t> Connection::integer(const std::string& sql) {
  CLOISTER_TRY(Result result, query(sql));
  if (duckdb_row_count(result.raw()) == 0) return 0;
  return duckdb_value_int64(result.raw(), 0, 0);
}

base::Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  // The hook shares class layouts with the library: another version would be memory corruption.
  if (std::string_view(duckdb_library_version()) != header_version())
    return base::fail(errors::engine, fmt::format("libduckdb is {}, this program needs {}",
                                                  duckdb_library_version(), header_version()));
  Configuration config;
  config.set("autoinstall_known_extensions", "false");
  config.set("autoload_known_extensions", "false");
  config.set("allow_community_extensions", "false");
  config.set("memory_limit", fmt::format("{}B", options.memory_bytes));
  config.set("threads", fmt::format("{}", options.threads > 0
                                              ? options.threads
                                              : std::max(1u, std::thread::hardware_concurrency())));
  config.set("temp_directory", options.spill_folder);
  std::unique_ptr<Database> opened(new Database());
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &opened->database_, config.raw(), &message) != DuckDBSuccess) {
    base::Error error(errors::engine, fmt::format("the data engine does not start: {}",
                                                  message == nullptr ? "" : message));
    duckdb_free(message);
    return std::unexpected(std::move(error));
  }
  install(opened->database_, opened->files_);
  CLOISTER_TRY(auto connection, opened->connect());
  // SECURITY: spilled data is encrypted under a key that only this process holds (test:
  // Query.ASpillIsNotReadable).
  CLOISTER_TRY_DO(connection->execute("SET temp_file_encryption=true"));
  CLOISTER_TRY_DO(connection->execute("SET enable_external_file_cache=false"));
  CLOISTER_TRY_DO(connection->execute("SET GLOBAL TimeZone='UTC'"));
  return opened;
}

base::Result<std::unique_ptr<Connection>> Database::connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database_, &connection) != DuckDBSuccess)
    return base::fail(errors::engine, "the data engine gives no connection");
  return std::make_unique<Connection>(connection);
}

base::Outcome Database::attach(Connection& connection, const std::string& file,
                               const std::string& name, const base::SecretBytes& key,
                               bool read_only) {
  std::string encoded = base::to_base64(key.view());
  std::string sql =
      fmt::format("ATTACH {} AS {} (ENCRYPTION_KEY '{}', ENCRYPTION_CIPHER 'GCM'{})",
                  quote_text(file), quote_name(name), encoded, read_only ? ", READ_ONLY" : "");
  duckdb_result result{};
  const bool done = duckdb_query(connection.raw(), sql.c_str(), &result) == DuckDBSuccess;
  for (std::string* text : {&encoded, &sql})
    base::wipe(std::as_writable_bytes(std::span(text->data(), text->size())));
  const char* message = done ? nullptr : duckdb_result_error(&result);
  const std::string_view why = message == nullptr ? "" : message;
  const bool changed =
      why.find("Wrong encryption key") != why.npos || why.find(integrity_marker) != why.npos;
  const auto full = no_space_error(why);
  duckdb_destroy_result(&result);
  if (done) return {};
  if (changed) return std::unexpected(integrity_error());
  if (full) return std::unexpected(*full);
  // SECURITY: the text of such an error could quote the statement, and with it the key (test:
  // Hook.AnAttachThatFailsTellsNoKey).
  return base::fail(errors::engine, "a sealed file cannot be opened");
}

}  // namespace cloister::data
