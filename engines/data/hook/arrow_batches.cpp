// SPDX-License-Identifier: Apache-2.0
#include "hook/arrow_batches.hpp"

#include <duckdb/common/arrow/arrow_appender.hpp>
#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/main/capi/capi_internal.hpp>
#include <duckdb/main/connection.hpp>

namespace cloister::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

LogicalType exported_type(const LogicalType& type);

duckdb::child_list_t<LogicalType> exported_fields(const LogicalType& type) {
  duckdb::child_list_t<LogicalType> fields;
  for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type))
    fields.emplace_back(name, exported_type(child));
  return fields;
}

LogicalType exported_type(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::INTERVAL:
    case LogicalTypeId::BLOB:
    case LogicalTypeId::UUID:
    case LogicalTypeId::SQLNULL:
      return type;
    case LogicalTypeId::LIST:
      return LogicalType::LIST(exported_type(duckdb::ListType::GetChildType(type)));
    case LogicalTypeId::ARRAY:
      return LogicalType::ARRAY(exported_type(duckdb::ArrayType::GetChildType(type)),
                                duckdb::ArrayType::GetSize(type));
    case LogicalTypeId::MAP:
      return LogicalType::MAP(exported_type(duckdb::MapType::KeyType(type)),
                              exported_type(duckdb::MapType::ValueType(type)));
    case LogicalTypeId::STRUCT:
      return LogicalType::STRUCT(exported_fields(type));
    default:
      return LogicalType::VARCHAR;  // JSON too: its alias would be an extension type
  }
}

// Bytes of the texts in the outermost columns; those of nested ones are not counted.
std::uint64_t text_bytes(duckdb::DataChunk& chunk) {
  std::uint64_t bytes = 0;
  for (auto& column : chunk.data) {
    if (column.GetType().InternalType() != duckdb::PhysicalType::VARCHAR) continue;
    duckdb::UnifiedVectorFormat format;
    column.ToUnifiedFormat(chunk.size(), format);
    const auto* texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
    for (duckdb::idx_t row = 0; row < chunk.size(); ++row) {
      const auto at = format.sel->get_index(row);
      if (format.validity.RowIsValid(at)) bytes += texts[at].GetSize();
    }
  }
  return bytes;
}

}  // namespace

struct ArrowBatches::State {
  duckdb::shared_ptr<duckdb::ClientContext> context;
  duckdb::ClientProperties properties;
  duckdb::vector<LogicalType> source_types;
  duckdb::vector<LogicalType> types;
  duckdb::vector<duckdb::string> names;
  duckdb::unique_ptr<duckdb::ArrowAppender> appender;
  duckdb::DataChunk converted;
  bool converts = false;
};

ArrowBatches::ArrowBatches(duckdb_connection connection, duckdb_result* result)
    : state_(std::make_unique<State>()) {
  auto& data = *static_cast<duckdb::DuckDBResultData*>(result->internal_data);
  state_->context = reinterpret_cast<duckdb::Connection*>(connection)->context;
  state_->properties = data.result->client_properties;
  state_->properties.client_context = *state_->context;
  state_->source_types = data.result->types;
  state_->names = data.result->names;
  for (const auto& type : state_->source_types) {
    state_->types.push_back(exported_type(type));
    if (state_->types.back() != type) state_->converts = true;
  }
}

ArrowBatches::~ArrowBatches() = default;

std::string ArrowBatches::schema(ArrowSchema* out) {
  try {
    duckdb::ArrowConverter::ToArrowSchema(out, state_->types, state_->names, state_->properties);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

std::string ArrowBatches::append(duckdb_data_chunk chunk) {
  auto& source = *reinterpret_cast<duckdb::DataChunk*>(chunk);
  try {
    if (!state_->appender)
      state_->appender = duckdb::make_uniq<duckdb::ArrowAppender>(
          state_->types, arrow_batch_rows, state_->properties,
          duckdb::unordered_map<duckdb::idx_t,
                                const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>>());
    duckdb::DataChunk* input = &source;
    if (state_->converts) {
      if (state_->converted.ColumnCount() == 0)
        state_->converted.Initialize(*state_->context, state_->types);
      state_->converted.Reset();
      for (duckdb::idx_t i = 0; i < source.ColumnCount(); ++i)
        if (state_->types[i] == state_->source_types[i])
          state_->converted.data[i].Reference(source.data[i]);
        else
          duckdb::VectorOperations::Cast(*state_->context, source.data[i],
                                         state_->converted.data[i], source.size());
      state_->converted.SetCardinality(source.size());
      input = &state_->converted;
    }
    bytes_ += text_bytes(*input);
    rows_ += input->size();
    state_->appender->Append(*input, 0, input->size(), input->size());
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

std::string ArrowBatches::finish(ArrowArray* out) {
  try {
    *out = state_->appender->Finalize();
  } catch (const std::exception& error) {
    return error.what();
  }
  state_->appender.reset();
  rows_ = bytes_ = 0;
  return {};
}

}  // namespace cloister::data
