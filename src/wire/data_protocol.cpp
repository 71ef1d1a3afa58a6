// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_protocol.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/json.hpp"

#include <fmt/format.h>

#include <cstring>

namespace cloister::wire::data {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t hash_bytes = 32;

// Takes the secret bytes of a message from its body, in order.
class BodyReader {
 public:
  explicit BodyReader(base::ByteView body) : rest_(body) {}

  base::Result<base::ByteView> take(std::size_t bytes) {
    if (bytes > rest_.size())
      return base::fail(errors::bad_message, "a message is shorter than it says");
    base::ByteView part = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return part;
  }
  base::Result<base::SecretBytes> key() {
    CLOISTER_TRY(base::ByteView part, take(key_bytes));
    return base::SecretBytes::copy_of(part);
  }
  base::Result<std::vector<BlockHash>> hashes(std::int64_t count) {
    if (count < 0 || static_cast<std::uint64_t>(count) > rest_.size() / hash_bytes)
      return base::fail(errors::bad_message, "a message is shorter than it says");
    std::vector<BlockHash> hashes(static_cast<std::size_t>(count));
    for (BlockHash& hash : hashes) {
      CLOISTER_TRY(base::ByteView part, take(hash_bytes));
      std::memcpy(hash.data(), part.data(), hash_bytes);
    }
    return hashes;
  }
  base::Outcome end() const {
    if (!rest_.empty()) return base::fail(errors::bad_message, "a message is longer than it says");
    return {};
  }

 private:
  base::ByteView rest_;
};

void append(base::Bytes& body, base::ByteView bytes) {
  body.insert(body.end(), bytes.begin(), bytes.end());
}

json::object describe(const SealedTable& table, base::Bytes& body) {
  append(body, table.key.view());
  for (const BlockHash& hash : table.block_hashes) append(body, hash);
  return {{"name", table.name},
          {"file", table.file_id},
          {"blocks", static_cast<std::int64_t>(table.block_hashes.size())}};
}

base::Result<SealedTable> read_table(const json::object& object, BodyReader& body) {
  SealedTable table;
  CLOISTER_TRY(table.name, text_field(object, "name"));
  CLOISTER_TRY(table.file_id, text_field(object, "file"));
  CLOISTER_TRY(std::int64_t blocks, integer_field(object, "blocks"));
  CLOISTER_TRY(table.key, body.key());
  CLOISTER_TRY(table.block_hashes, body.hashes(blocks));
  return table;
}

base::Outcome expect_descriptors(std::size_t expected, std::size_t came) {
  if (expected != came)
    return base::fail(errors::bad_message,
                      fmt::format("a message needs {} descriptors, {} came", expected, came));
  return {};
}

base::Result<Request> decode_import(const json::object& object, BodyReader& body,
                                    std::size_t descriptors) {
  ImportRequest request;
  CLOISTER_TRY(request.file_name, text_field(object, "file_name"));
  CLOISTER_TRY(request.format, text_field(object, "format"));
  CLOISTER_TRY(const json::array* types, array_field(object, "types"));
  for (const json::value& type : *types) {
    if (!type.is_object()) return base::fail(errors::bad_message, "a type is not an object");
    CLOISTER_TRY(std::string column, text_field(type.get_object(), "column"));
    CLOISTER_TRY(std::string name, text_field(type.get_object(), "type"));
    request.types.emplace_back(std::move(column), std::move(name));
  }
  CLOISTER_TRY(request.key, body.key());
  if (object.contains("append_to")) {
    CLOISTER_TRY(const json::object* table, object_field(object, "append_to"));
    CLOISTER_TRY(request.append_to, read_table(*table, body));
  }
  CLOISTER_TRY_DO(expect_descriptors(request.append_to ? 2 : 1, descriptors));
  CLOISTER_TRY_DO(body.end());
  return Request(std::move(request));
}

base::Result<Request> decode_query(const json::object& object, BodyReader& body,
                                   std::size_t descriptors) {
  QueryRequest request;
  CLOISTER_TRY(request.sql, text_field(object, "sql"));
  CLOISTER_TRY(std::int64_t limit, integer_field(object, "row_limit"));
  if (limit < 0) return base::fail(errors::bad_message, "a row limit is negative");
  request.row_limit = static_cast<std::uint64_t>(limit);
  request.arrow = flag(object, "arrow");
  CLOISTER_TRY(const json::array* tables, array_field(object, "tables"));
  CLOISTER_TRY_DO(expect_descriptors(tables->size(), descriptors));
  for (const json::value& value : *tables) {
    if (!value.is_object()) return base::fail(errors::bad_message, "a table is not an object");
    CLOISTER_TRY(SealedTable table, read_table(value.get_object(), body));
    request.tables.push_back(std::move(table));
  }
  CLOISTER_TRY_DO(body.end());
  return Request(std::move(request));
}

json::array columns_to_json(const std::vector<Column>& columns) {
  json::array array;
  for (const Column& column : columns)
    array.push_back(json::object{{"name", column.name}, {"type", column.type}});
  return array;
}

base::Result<std::vector<Column>> columns_from_json(const json::object& object) {
  CLOISTER_TRY(const json::array* array, array_field(object, "columns"));
  if (array->size() > base::limits::columns_max)
    return base::fail(errors::bad_message, "a message has too many columns");
  std::vector<Column> columns;
  for (const json::value& value : *array) {
    if (!value.is_object()) return base::fail(errors::bad_message, "a column is not an object");
    Column column;
    CLOISTER_TRY(column.name, text_field(value.get_object(), "name"));
    CLOISTER_TRY(column.type, text_field(value.get_object(), "type"));
    columns.push_back(std::move(column));
  }
  return columns;
}

base::Result<std::uint64_t> count_field(const json::object& object, std::string_view name) {
  CLOISTER_TRY(std::int64_t count, integer_field(object, name));
  if (count < 0) return base::fail(errors::bad_message, "a count is negative");
  return static_cast<std::uint64_t>(count);
}

std::int64_t count_of(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

base::Result<Reply> decode_answer(const json::object& object) {
  AnswerReply reply;
  CLOISTER_TRY(reply.columns, columns_from_json(object));
  CLOISTER_TRY(reply.rows, count_field(object, "rows"));
  reply.truncated = flag(object, "truncated");
  CLOISTER_TRY(reply.microseconds, count_field(object, "microseconds"));
  return Reply(std::move(reply));
}

base::Result<Reply> decode_analysis(const json::object& object) {
  AnalysisReply reply;
  CLOISTER_TRY(reply.refusal, text_field(object, "refusal"));
  CLOISTER_TRY(const json::array* names, array_field(object, "names"));
  for (const json::value& name : *names) {
    if (!name.is_string()) return base::fail(errors::bad_message, "a name is not text");
    reply.names.emplace_back(name.get_string());
  }
  return Reply(std::move(reply));
}

}  // namespace

Packet encode(const ImportRequest& request) {
  Packet packet;
  append(packet.body, request.key.view());
  json::array types;
  for (const auto& [column, type] : request.types)
    types.push_back(json::object{{"column", column}, {"type", type}});
  json::object header{{"type", "import"},
                      {"file_name", request.file_name},
                      {"format", request.format},
                      {"types", std::move(types)}};
  if (request.append_to) header["append_to"] = describe(*request.append_to, packet.body);
  packet.header = json::serialize(header);
  return packet;
}

Packet encode(const AnalyseRequest& request) {
  return {json::serialize(json::object{{"type", "analyse"}, {"sql", request.sql}}), {}};
}

Packet encode(const QueryRequest& request) {
  Packet packet;
  json::array tables;
  for (const SealedTable& table : request.tables) tables.push_back(describe(table, packet.body));
  packet.header = json::serialize(json::object{{"type", "query"},
                                               {"sql", request.sql},
                                               {"row_limit", count_of(request.row_limit)},
                                               {"arrow", request.arrow},
                                               {"tables", std::move(tables)}});
  return packet;
}

Packet encode(const CancelRequest&) {
  return {json::serialize(json::object{{"type", "cancel"}}), {}};
}

base::Result<Request> decode_request(std::string_view header, base::ByteView body,
                                     std::size_t descriptors) {
  CLOISTER_TRY(json::object object, parse_json_object(header));
  CLOISTER_TRY(std::string type, text_field(object, "type"));
  BodyReader reader(body);
  if (type == "import") return decode_import(object, reader, descriptors);
  if (type == "query") return decode_query(object, reader, descriptors);
  CLOISTER_TRY_DO(expect_descriptors(0, descriptors));
  CLOISTER_TRY_DO(reader.end());
  if (type == "cancel") return Request(CancelRequest{});
  if (type == "analyse") {
    CLOISTER_TRY(std::string sql, text_field(object, "sql"));
    return Request(AnalyseRequest{std::move(sql)});
  }
  return base::fail(errors::bad_message, "a request of an unknown kind");
}

std::string encode(const ProgressReply& reply) {
  return json::serialize(json::object{{"type", "progress"},
                                      {"what", reply.what},
                                      {"done", count_of(reply.done)},
                                      {"total", count_of(reply.total)}});
}

std::string encode(const ImportedReply& reply) {
  return json::serialize(json::object{{"type", "imported"},
                                      {"rows", count_of(reply.rows)},
                                      {"bytes_in", count_of(reply.bytes_in)},
                                      {"columns", columns_to_json(reply.columns)}});
}

std::string encode(const AnalysisReply& reply) {
  json::array names;
  for (const std::string& name : reply.names) names.push_back(json::value(name));
  return json::serialize(
      json::object{{"type", "analysis"}, {"refusal", reply.refusal}, {"names", std::move(names)}});
}

std::string encode(const AnswerReply& reply) {
  return json::serialize(json::object{{"type", "answer"},
                                      {"columns", columns_to_json(reply.columns)},
                                      {"rows", count_of(reply.rows)},
                                      {"truncated", reply.truncated},
                                      {"microseconds", count_of(reply.microseconds)}});
}

std::string encode(const FailureReply& reply) {
  return json::serialize(json::object{{"type", "failure"}, {"error", to_json(reply.error)}});
}

base::Result<Reply> decode_reply(std::string_view header) {
  CLOISTER_TRY(json::object object, parse_json_object(header));
  CLOISTER_TRY(std::string type, text_field(object, "type"));
  if (type == "progress") {
    ProgressReply reply;
    CLOISTER_TRY(reply.what, text_field(object, "what"));
    CLOISTER_TRY(reply.done, count_field(object, "done"));
    CLOISTER_TRY(reply.total, count_field(object, "total"));
    return Reply(std::move(reply));
  }
  if (type == "imported") {
    ImportedReply reply;
    CLOISTER_TRY(reply.rows, count_field(object, "rows"));
    CLOISTER_TRY(reply.bytes_in, count_field(object, "bytes_in"));
    CLOISTER_TRY(reply.columns, columns_from_json(object));
    return Reply(std::move(reply));
  }
  if (type == "analysis") return decode_analysis(object);
  if (type == "answer") return decode_answer(object);
  if (type == "failure") {
    CLOISTER_TRY(const json::object* error, object_field(object, "error"));
    return Reply(FailureReply{error_from_json(*error)});
  }
  return base::fail(errors::bad_message, "a reply of an unknown kind");
}

}  // namespace cloister::wire::data
