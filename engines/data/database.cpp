// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/base/check.hpp"
#include "cloister/wire/data_errors.hpp"

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

std::string nested_type_name(duckdb_logical_type type, duckdb_type kind);

class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type type) : type_(type) {}
  ~LogicalType() { duckdb_destroy_logical_type(&type_); }
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  duckdb_logical_type raw() const { return type_; }

 private:
  duckdb_logical_type type_;
};

std::string_view simple_type_name(duckdb_type kind) {
  switch (kind) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_S:
      return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return "TIMESTAMP_NS";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIME:
      return "TIME";
    case DUCKDB_TYPE_TIME_NS:
      return "TIME_NS";
    case DUCKDB_TYPE_TIME_TZ:
      return "TIME WITH TIME ZONE";
    case DUCKDB_TYPE_INTERVAL:
      return "INTERVAL";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    case DUCKDB_TYPE_UUID:
      return "UUID";
    case DUCKDB_TYPE_BIT:
      return "BIT";
    case DUCKDB_TYPE_BIGNUM:
      return "BIGNUM";
    case DUCKDB_TYPE_ENUM:
      return "ENUM";
    case DUCKDB_TYPE_SQLNULL:
      return "\"NULL\"";
    default:
      return "";
  }
}

std::string struct_type_name(duckdb_logical_type type) {
  std::string out = "STRUCT(";
  for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
    if (i > 0) out += ", ";
    char* name = duckdb_struct_type_child_name(type, i);
    LogicalType child(duckdb_struct_type_child_type(type, i));
    out += quote_name(name) + " " + type_name(child.raw());
    duckdb_free(name);
  }
  return out + ")";
}

std::string nested_type_name(duckdb_logical_type type, duckdb_type kind) {
  switch (kind) {
    case DUCKDB_TYPE_DECIMAL:
      return fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), duckdb_decimal_scale(type));
    case DUCKDB_TYPE_LIST:
      return type_name(LogicalType(duckdb_list_type_child_type(type)).raw()) + "[]";
    case DUCKDB_TYPE_ARRAY:
      return fmt::format("{}[{}]", type_name(LogicalType(duckdb_array_type_child_type(type)).raw()),
                         duckdb_array_type_array_size(type));
    case DUCKDB_TYPE_MAP:
      return fmt::format("MAP({}, {})",
                         type_name(LogicalType(duckdb_map_type_key_type(type)).raw()),
                         type_name(LogicalType(duckdb_map_type_value_type(type)).raw()));
    case DUCKDB_TYPE_STRUCT:
      return struct_type_name(type);
    default:
      return "UNKNOWN";
  }
}

// One line, and as hint the names that DuckDB would have understood. A suggestion of a table is
// left out: it could name what stands behind a view.
base::Error statement_error(std::string_view message) {
  std::string first(message.substr(0, message.find('\n')));
  std::string hint;
  constexpr std::string_view start = "\nCandidate bindings: ";
  if (const auto at = message.find(start); at != message.npos) {
    std::string_view names = message.substr(at + start.size());
    hint = "known columns are " + std::string(names.substr(0, names.find('\n')));
  }
  return {errors::sql, std::move(first), std::move(hint)};
}

}  // namespace

std::string quote_text(std::string_view text) {
  return quoted(text, '\'');
}

std::string quote_name(std::string_view name) {
  return quoted(name, '"');
}

std::string type_name(duckdb_logical_type type) {
  const duckdb_type kind = duckdb_get_type_id(type);
  std::string_view simple = simple_type_name(kind);
  return simple.empty() ? nested_type_name(type, kind) : std::string(simple);
}

base::Error error_of(duckdb_error_type type, std::string_view message) {
  if (message.find(integrity_marker) != message.npos ||
      message.find("Wrong encryption key") != message.npos)
    return {errors::integrity, "a sealed file was changed, or its key is not the right one",
            "run `cloister data verify`; restore the dataset from a backup"};
  switch (type) {
    case DUCKDB_ERROR_INTERRUPT:
      return {errors::cancelled, "cancelled"};
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return {errors::out_of_memory, "the statement needs more memory than a worker may use",
              "read fewer rows or columns at a time"};
    // What is wrong with the text of a statement can be said as DuckDB says it: it quotes the text.
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_PERMISSION:
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
      return statement_error(message);
    case DUCKDB_ERROR_CONVERSION:
      return {errors::sql, "a value cannot be converted to the type that the statement asks for",
              "TRY_CAST gives NULL for such values"};
    case DUCKDB_ERROR_OUT_OF_RANGE:
      return {errors::sql, "a value is out of the range of its type"};
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
      return {errors::sql, "a division by zero"};
    case DUCKDB_ERROR_INVALID_INPUT:
      return {errors::sql, "a function of the statement does not accept its input"};
    default:
      return {errors::engine,
              fmt::format("the data engine failed (kind {})", static_cast<int>(type))};
  }
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

// The C API keeps no error type for these two: it is told from the text's first words.
base::Error error_of_text(const char* message) {
  std::string_view text = message == nullptr ? "" : message;
  constexpr std::pair<std::string_view, duckdb_error_type> kinds[] = {
      {"Parser Error", DUCKDB_ERROR_PARSER},
      {"Binder Error", DUCKDB_ERROR_BINDER},
      {"Catalog Error", DUCKDB_ERROR_CATALOG},
      {"Permission Error", DUCKDB_ERROR_PERMISSION},
      {"Not implemented Error", DUCKDB_ERROR_NOT_IMPLEMENTED},
      {"Conversion Error", DUCKDB_ERROR_CONVERSION},
      {"Out of Range Error", DUCKDB_ERROR_OUT_OF_RANGE},
      {"Out of Memory Error", DUCKDB_ERROR_OUT_OF_MEMORY},
      {"Invalid Input Error", DUCKDB_ERROR_INVALID_INPUT},
      {"INTERRUPT Error", DUCKDB_ERROR_INTERRUPT}};
  for (const auto& [start, type] : kinds)
    if (text.starts_with(start)) return error_of(type, text);
  return error_of(DUCKDB_ERROR_UNKNOWN_TYPE, text);
}

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
  // Import.SpillsNothingReadable).
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
  base::Outcome done = connection.execute(sql);
  for (std::string* text : {&encoded, &sql})
    base::wipe(std::as_writable_bytes(std::span(text->data(), text->size())));
  // SECURITY: the text of such an error could quote the statement, and with it the key.
  if (!done && done.error().code != errors::integrity.name)
    return base::fail(errors::engine, "a sealed file cannot be opened");
  return done;
}

}  // namespace cloister::data
