// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"
#include "logical_type.hpp"

#include <fmt/format.h>

namespace cloister::data {
namespace {

std::string nested_type_name(duckdb_logical_type type, duckdb_type kind);

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

}  // namespace

std::string type_name(duckdb_logical_type type) {
  const duckdb_type kind = duckdb_get_type_id(type);
  std::string_view simple = simple_type_name(kind);
  return simple.empty() ? nested_type_name(type, kind) : std::string(simple);
}

}  // namespace cloister::data
