// SPDX-License-Identifier: Apache-2.0
#include "exact_columns.hpp"

#include "cloister/wire/data_errors.hpp"

#include <fmt/format.h>

#include <cstring>

namespace cloister::data {
namespace {

using State = ExactColumns::State;

std::string_view view_of(duckdb_string_t& value) {
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

void note_failure(State& state, std::string_view text) {
  state.failed = true;
  state.fitting &= fitting_types(text);
}

// Value is what is stored for one row, Parse the exact_* function.
template <typename Value, typename Parse>
void convert(State& state, duckdb_data_chunk input, duckdb_vector output, Parse parse) {
  duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0);
  auto* in = static_cast<duckdb_string_t*>(duckdb_vector_get_data(texts));
  const std::uint64_t* validity = duckdb_vector_get_validity(texts);
  duckdb_vector_ensure_validity_writable(output);
  std::uint64_t* out_validity = duckdb_vector_get_validity(output);
  auto* out = static_cast<Value*>(duckdb_vector_get_data(output));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    if (validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0) {
      duckdb_validity_set_row_invalid(out_validity, row);
      continue;
    }
    std::string_view text = view_of(in[row]);
    if (auto value = parse(text)) {
      out[row] = static_cast<Value>(*value);
      continue;
    }
    duckdb_validity_set_row_invalid(out_validity, row);
    if (!is_missing(text)) note_failure(state, text);
  }
}

std::optional<std::int64_t> parse_bigint(State& state, std::string_view text) {
  constexpr std::int64_t largest_exact = std::int64_t{1} << 53;
  auto value = exact_bigint(text);
  // Beyond 2^53 the column can no longer become DOUBLE when a fraction turns up later.
  if (value && (*value > largest_exact || *value < -largest_exact))
    state.fitting &= static_cast<std::uint8_t>(~(1u << static_cast<unsigned>(ExactType::real)));
  return value;
}

void run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto& state = *static_cast<State*>(duckdb_scalar_function_get_extra_info(info));
  switch (state.type) {
    case ExactType::boolean:
      return convert<bool>(state, input, output, exact_boolean);
    case ExactType::bigint:
      return convert<std::int64_t>(
          state, input, output, [&](std::string_view text) { return parse_bigint(state, text); });
    case ExactType::real:
      return convert<double>(state, input, output, exact_real);
    case ExactType::date:
      return convert<std::int32_t>(state, input, output, exact_date);
    case ExactType::timestamp:
      return convert<std::int64_t>(state, input, output, exact_timestamp);
    case ExactType::text:
      break;
  }
}

duckdb_type duckdb_type_of(ExactType type) {
  switch (type) {
    case ExactType::boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case ExactType::bigint:
      return DUCKDB_TYPE_BIGINT;
    case ExactType::real:
      return DUCKDB_TYPE_DOUBLE;
    case ExactType::date:
      return DUCKDB_TYPE_DATE;
    case ExactType::timestamp:
      return DUCKDB_TYPE_TIMESTAMP;
    case ExactType::text:
      break;
  }
  return DUCKDB_TYPE_VARCHAR;
}

bool register_function(Connection& connection, const std::string& name, State& state) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name.c_str());
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type value = duckdb_create_logical_type(duckdb_type_of(state.type));
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, value);
  duckdb_scalar_function_set_special_handling(function);
  duckdb_scalar_function_set_extra_info(function, &state, nullptr);
  duckdb_scalar_function_set_function(function, run);
  const bool done = duckdb_register_scalar_function(connection.raw(), function) == DuckDBSuccess;
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_logical_type(&value);
  duckdb_destroy_scalar_function(&function);
  return done;
}

}  // namespace

const char* sql_type(ExactType type) {
  switch (type) {
    case ExactType::boolean:
      return "BOOLEAN";
    case ExactType::bigint:
      return "BIGINT";
    case ExactType::real:
      return "DOUBLE";
    case ExactType::date:
      return "DATE";
    case ExactType::timestamp:
      return "TIMESTAMP";
    case ExactType::text:
      break;
  }
  return "VARCHAR";
}

base::Result<std::unique_ptr<ExactColumns>> ExactColumns::install(
    Connection& connection, const std::vector<ExactType>& types) {
  // A second attempt in the same database has other types: under the same names its functions would
  // be overloads.
  static std::atomic<unsigned> installed{0};
  auto columns = std::make_unique<ExactColumns>();
  columns->prefix_ = fmt::format("exact_{}", installed++);
  for (std::size_t i = 0; i < types.size(); ++i) {
    State& state = columns->states_.emplace_back();
    state.type = types[i];
    if (types[i] != ExactType::text &&
        !register_function(connection, columns->function_name(i), state))
      return base::fail(wire::data_errors::engine, "a function cannot be registered");
  }
  return columns;
}

std::string ExactColumns::function_name(std::size_t column) const {
  return fmt::format("{}_{}", prefix_, column);
}

std::string ExactColumns::expression(std::size_t column, const std::string& name) const {
  std::string quoted = quote_name(name);
  if (states_[column].type == ExactType::text) return quoted;
  return fmt::format("{}({})", function_name(column), quoted);
}

std::vector<ExactColumns::Surprise> ExactColumns::surprises() const {
  std::vector<Surprise> surprises;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const State& state = states_[i];
    if (!state.failed) continue;
    // Only a whole number can widen without loss: to a number with a fraction. All else is text.
    const bool real = state.type == ExactType::bigint &&
                      (state.fitting >> static_cast<unsigned>(ExactType::real) & 1) != 0;
    surprises.push_back({i, real ? ExactType::real : ExactType::text});
  }
  return surprises;
}

}  // namespace cloister::data
