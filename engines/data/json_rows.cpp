// SPDX-License-Identifier: Apache-2.0
#include "json_rows.hpp"

#include "cloister/base/bytes.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <vector>

namespace cloister::data {
namespace {

using Int128 = __int128;
using Unsigned128 = unsigned __int128;

// One column of a chunk (or of a nested value), with what is asked of DuckDB once for all rows.
struct Reader {
  duckdb_vector vector = nullptr;
  duckdb_type kind = DUCKDB_TYPE_INVALID;
  const void* data = nullptr;
  const std::uint64_t* validity = nullptr;
  // DECIMAL: how it is stored, and its scale and width. ENUM: how it is stored, and its words.
  duckdb_type stored = DUCKDB_TYPE_INVALID;
  unsigned scale = 0;
  unsigned width = 0;
  std::vector<std::string> words;  // of an ENUM, or names of a STRUCT's fields
  std::vector<Reader> children;
  idx_t array_size = 0;

  explicit Reader(duckdb_vector from);
  bool null(idx_t row) const {
    return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
  }
  template <typename T>
  const T& at(idx_t row) const {
    return static_cast<const T*>(data)[row];
  }
  void read_enum(duckdb_logical_type type);
  void read_children(duckdb_logical_type type);
};

Reader::Reader(duckdb_vector from)
    : vector(from), data(duckdb_vector_get_data(from)), validity(duckdb_vector_get_validity(from)) {
  duckdb_logical_type type = duckdb_vector_get_column_type(from);
  kind = duckdb_get_type_id(type);
  if (kind == DUCKDB_TYPE_DECIMAL) {
    stored = duckdb_decimal_internal_type(type);
    scale = duckdb_decimal_scale(type);
    width = duckdb_decimal_width(type);
  } else if (kind == DUCKDB_TYPE_ENUM) {
    read_enum(type);
  } else {
    read_children(type);
  }
  duckdb_destroy_logical_type(&type);
}

void Reader::read_enum(duckdb_logical_type type) {
  stored = duckdb_enum_internal_type(type);
  for (std::uint32_t i = 0; i < duckdb_enum_dictionary_size(type); ++i) {
    char* word = duckdb_enum_dictionary_value(type, i);
    words.emplace_back(word);
    duckdb_free(word);
  }
}

void Reader::read_children(duckdb_logical_type type) {
  if (kind == DUCKDB_TYPE_LIST || kind == DUCKDB_TYPE_MAP) {
    children.emplace_back(duckdb_list_vector_get_child(vector));
  } else if (kind == DUCKDB_TYPE_ARRAY) {
    array_size = duckdb_array_type_array_size(type);
    children.emplace_back(duckdb_array_vector_get_child(vector));
  } else if (kind == DUCKDB_TYPE_STRUCT) {
    for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
      char* name = duckdb_struct_type_child_name(type, i);
      words.emplace_back(name);
      duckdb_free(name);
      children.emplace_back(duckdb_struct_vector_get_child(vector, i));
    }
  }
}

template <typename... Arguments>
void write(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

void write_text(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          write(out, "\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  out += '"';
}

template <typename Float>
void write_float(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    write(out, "{}", value);  // the shortest text that reads back as the same number
  }
}

template <typename Wide>
void write_wide(std::string& out, Wide value) {
  const bool fits = value <= static_cast<Wide>(std::numeric_limits<std::int64_t>::max()) &&
                    (std::is_same_v<Wide, Unsigned128> ||
                     static_cast<Int128>(value) >= std::numeric_limits<std::int64_t>::min());
  if (fits)
    write(out, "{}", static_cast<std::int64_t>(value));
  else
    write(out, "\"{}\"", value);
}

Int128 wide_of(const duckdb_hugeint& value) {
  return static_cast<Int128>(
      static_cast<Unsigned128>(static_cast<std::uint64_t>(value.upper)) << 64 | value.lower);
}

Unsigned128 wide_of(const duckdb_uhugeint& value) {
  return static_cast<Unsigned128>(value.upper) << 64 | value.lower;
}

void write_decimal(std::string& out, const Reader& from, idx_t row) {
  Int128 value = 0;
  switch (from.stored) {
    case DUCKDB_TYPE_SMALLINT:
      value = from.at<std::int16_t>(row);
      break;
    case DUCKDB_TYPE_INTEGER:
      value = from.at<std::int32_t>(row);
      break;
    case DUCKDB_TYPE_BIGINT:
      value = from.at<std::int64_t>(row);
      break;
    default:
      value = wide_of(from.at<duckdb_hugeint>(row));
      break;
  }
  std::string digits = fmt::format("{}", value < 0 ? -value : value);
  if (digits.size() <= from.scale) digits.insert(0, from.scale + 1 - digits.size(), '0');
  if (from.scale > 0) digits.insert(digits.size() - from.scale, 1, '.');
  if (value < 0) digits.insert(0, 1, '-');
  if (from.width > 15) digits = '"' + digits + '"';
  out += digits;
}

void write_date_part(std::string& out, const duckdb_date_struct& date) {
  write(out, "{:0{}}-{:02}-{:02}", date.year, date.year < 0 ? 5 : 4, static_cast<int>(date.month),
        static_cast<int>(date.day));
}

void write_time_part(std::string& out, std::int64_t micros) {
  write(out, "{:02}:{:02}:{:02}", micros / 3'600'000'000, micros / 60'000'000 % 60,
        micros / 1'000'000 % 60);
  if (micros % 1'000'000 != 0) write(out, ".{:06}", micros % 1'000'000);
}

void write_date(std::string& out, duckdb_date date) {
  if (!duckdb_is_finite_date(date)) {
    out += date.days > 0 ? "\"infinity\"" : "\"-infinity\"";
    return;
  }
  out += '"';
  write_date_part(out, duckdb_from_date(date));
  out += '"';
}

// `nanos` is what a timestamp has below one microsecond.
void write_timestamp(std::string& out, std::int64_t micros, int nanos, bool zoned) {
  duckdb_timestamp timestamp{micros};
  if (!duckdb_is_finite_timestamp(timestamp)) {
    out += micros > 0 ? "\"infinity\"" : "\"-infinity\"";
    return;
  }
  constexpr std::int64_t day = 86'400'000'000;
  std::int64_t days = micros / day - (micros % day < 0 ? 1 : 0);
  out += '"';
  write_date_part(out, duckdb_from_date({static_cast<std::int32_t>(days)}));
  out += 'T';
  std::int64_t rest = micros - days * day;
  write_time_part(out, rest);
  if (nanos != 0) {
    if (rest % 1'000'000 == 0) out += ".000000";
    write(out, "{:03}", nanos);
  }
  out += zoned ? "Z\"" : "\"";
}

bool finite(std::int64_t ticks) {
  return ticks != std::numeric_limits<std::int64_t>::max() &&
         ticks != -std::numeric_limits<std::int64_t>::max();
}

void write_scaled_timestamp(std::string& out, std::int64_t ticks, duckdb_type kind) {
  if (!finite(ticks)) return write_timestamp(out, ticks, 0, false);
  if (kind == DUCKDB_TYPE_TIMESTAMP_S) return write_timestamp(out, ticks * 1'000'000, 0, false);
  if (kind == DUCKDB_TYPE_TIMESTAMP_MS) return write_timestamp(out, ticks * 1'000, 0, false);
  std::int64_t micros = ticks / 1'000 - (ticks % 1'000 < 0 ? 1 : 0);
  write_timestamp(out, micros, static_cast<int>(ticks - micros * 1'000), false);
}

void write_interval(std::string& out, const duckdb_interval& interval) {
  write(out, "\"P{}Y{}M{}DT{}", interval.months / 12, interval.months % 12, interval.days,
        interval.micros < 0 ? "-" : "");
  std::uint64_t micros = interval.micros < 0 ? 0 - static_cast<std::uint64_t>(interval.micros)
                                             : static_cast<std::uint64_t>(interval.micros);
  write(out, "{}.{:06}S\"", micros / 1'000'000, micros % 1'000'000);
}

void write_uuid(std::string& out, const duckdb_hugeint& value) {
  std::uint64_t upper = static_cast<std::uint64_t>(value.upper) ^ (std::uint64_t{1} << 63);
  write(out, "\"{:08x}-{:04x}-{:04x}-{:04x}-{:012x}\"", upper >> 32, upper >> 16 & 0xffff,
        upper & 0xffff, value.lower >> 48, value.lower & 0xffff'ffff'ffff);
}

void write_value(std::string& out, const Reader& from, idx_t row);

void write_list(std::string& out, const Reader& child, idx_t begin, idx_t end) {
  out += '[';
  for (idx_t i = begin; i < end; ++i) {
    if (i > begin) out += ',';
    write_value(out, child, i);
  }
  out += ']';
}

void write_struct(std::string& out, const Reader& from, idx_t row, char open, char close) {
  out += open;
  for (std::size_t i = 0; i < from.children.size(); ++i) {
    if (i > 0) out += ',';
    if (open == '{') {
      write_text(out, from.words[i]);
      out += ':';
    }
    write_value(out, from.children[i], row);
  }
  out += close;
}

void write_map(std::string& out, const Reader& from, idx_t row) {
  const auto& entry = from.at<duckdb_list_entry>(row);
  const Reader& pairs = from.children.front();  // STRUCT(key, value)
  out += '[';
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (i > entry.offset) out += ',';
    write_struct(out, pairs, i, '[', ']');
  }
  out += ']';
}

void write_enum(std::string& out, const Reader& from, idx_t row) {
  std::uint32_t code = from.stored == DUCKDB_TYPE_UTINYINT    ? from.at<std::uint8_t>(row)
                       : from.stored == DUCKDB_TYPE_USMALLINT ? from.at<std::uint16_t>(row)
                                                              : from.at<std::uint32_t>(row);
  write_text(out, from.words.at(code));
}

std::string_view text_at(const Reader& from, idx_t row) {
  auto& value = const_cast<duckdb_string_t&>(from.at<duckdb_string_t>(row));
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

void write_nested_or_rare(std::string& out, const Reader& from, idx_t row) {
  switch (from.kind) {
    case DUCKDB_TYPE_LIST: {
      const auto& entry = from.at<duckdb_list_entry>(row);
      return write_list(out, from.children.front(), entry.offset, entry.offset + entry.length);
    }
    case DUCKDB_TYPE_ARRAY:
      return write_list(out, from.children.front(), row * from.array_size,
                        (row + 1) * from.array_size);
    case DUCKDB_TYPE_STRUCT:
      return write_struct(out, from, row, '{', '}');
    case DUCKDB_TYPE_MAP:
      return write_map(out, from, row);
    case DUCKDB_TYPE_ENUM:
      return write_enum(out, from, row);
    case DUCKDB_TYPE_INTERVAL:
      return write_interval(out, from.at<duckdb_interval>(row));
    case DUCKDB_TYPE_UUID:
      return write_uuid(out, from.at<duckdb_hugeint>(row));
    case DUCKDB_TYPE_TIME:
      out += '"';
      write_time_part(out, from.at<std::int64_t>(row));
      out += '"';
      return;
    default:
      return write_text(out, value_text(from.vector, row));
  }
}

void write_value(std::string& out, const Reader& from, idx_t row) {
  if (from.null(row)) {
    out += "null";
    return;
  }
  switch (from.kind) {
    case DUCKDB_TYPE_BOOLEAN:
      out += from.at<bool>(row) ? "true" : "false";
      return;
    case DUCKDB_TYPE_TINYINT:
      return write(out, "{}", from.at<std::int8_t>(row));
    case DUCKDB_TYPE_SMALLINT:
      return write(out, "{}", from.at<std::int16_t>(row));
    case DUCKDB_TYPE_INTEGER:
      return write(out, "{}", from.at<std::int32_t>(row));
    case DUCKDB_TYPE_BIGINT:
      return write(out, "{}", from.at<std::int64_t>(row));
    case DUCKDB_TYPE_UTINYINT:
      return write(out, "{}", from.at<std::uint8_t>(row));
    case DUCKDB_TYPE_USMALLINT:
      return write(out, "{}", from.at<std::uint16_t>(row));
    case DUCKDB_TYPE_UINTEGER:
      return write(out, "{}", from.at<std::uint32_t>(row));
    case DUCKDB_TYPE_UBIGINT:
      return write_wide(out, static_cast<Unsigned128>(from.at<std::uint64_t>(row)));
    case DUCKDB_TYPE_HUGEINT:
      return write_wide(out, wide_of(from.at<duckdb_hugeint>(row)));
    case DUCKDB_TYPE_UHUGEINT:
      return write_wide(out, wide_of(from.at<duckdb_uhugeint>(row)));
    case DUCKDB_TYPE_FLOAT:
      return write_float(out, from.at<float>(row));
    case DUCKDB_TYPE_DOUBLE:
      return write_float(out, from.at<double>(row));
    case DUCKDB_TYPE_DECIMAL:
      return write_decimal(out, from, row);
    case DUCKDB_TYPE_VARCHAR:
      return write_text(out, text_at(from, row));
    case DUCKDB_TYPE_BLOB:
      return write_text(out, base::to_base64(base::as_bytes(text_at(from, row))));
    case DUCKDB_TYPE_DATE:
      return write_date(out, from.at<duckdb_date>(row));
    case DUCKDB_TYPE_TIMESTAMP:
      return write_timestamp(out, from.at<std::int64_t>(row), 0, false);
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return write_timestamp(out, from.at<std::int64_t>(row), 0, true);
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return write_scaled_timestamp(out, from.at<std::int64_t>(row), from.kind);
    default:
      return write_nested_or_rare(out, from, row);
  }
}

}  // namespace

struct RowWriter::Columns {
  std::vector<Reader> readers;
};

RowWriter::RowWriter(const Chunk& chunk) : columns_(std::make_unique<Columns>()) {
  for (idx_t i = 0; i < duckdb_data_chunk_get_column_count(chunk.raw()); ++i)
    columns_->readers.emplace_back(duckdb_data_chunk_get_vector(chunk.raw(), i));
}

RowWriter::~RowWriter() = default;

void RowWriter::append(std::string& out, idx_t row) const {
  if (out.back() == ']') out += ',';
  out += '[';
  for (std::size_t i = 0; i < columns_->readers.size(); ++i) {
    if (i > 0) out += ',';
    write_value(out, columns_->readers[i], row);
  }
  out += ']';
}

}  // namespace cloister::data
