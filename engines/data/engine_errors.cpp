// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_errors.hpp"

#include "database.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

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

base::Error integrity_error() {
  return {errors::integrity, "a sealed file was changed, or its key is not the right one",
          "run `cloister data verify`; restore the dataset from a backup"};
}

std::optional<base::Error> no_space_error(std::string_view message) {
  if (message.find(std::strerror(ENOSPC)) == message.npos) return std::nullopt;
  return base::Error{errors::no_space, "there is no space left on the disk",
                     "make room, then try again"};
}

base::Error error_of(duckdb_error_type type, std::string_view message) {
  // Only reading a file fails in this way: a statement cannot feign it by a text of its own.
  if (type == DUCKDB_ERROR_IO && message.find(integrity_marker) != message.npos)
    return integrity_error();
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
      if (auto full = no_space_error(message)) return *std::move(full);
      return {errors::engine,
              fmt::format("the data engine failed (kind {})", static_cast<int>(type))};
  }
}

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
      {"IO Error", DUCKDB_ERROR_IO},
      {"INTERRUPT Error", DUCKDB_ERROR_INTERRUPT}};
  for (const auto& [start, type] : kinds)
    if (text.starts_with(start)) return error_of(type, text);
  return error_of(DUCKDB_ERROR_UNKNOWN_TYPE, text);
}

}  // namespace cloister::data
