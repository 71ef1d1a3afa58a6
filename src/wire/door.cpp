// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/door.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace cloister::wire {
namespace {

namespace limits = base::limits;

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_message, std::move(message));
}

base::Outcome only_fields(const json::object& object,
                          std::initializer_list<std::string_view> known) {
  for (const auto& member : object)
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      return bad("a door message has a field that it does not know");
  return {};
}

// Names are checked again, to the letter, by who owns them; here they only must be harmless.
base::Result<std::string> name_of(std::string text, std::size_t bytes_max) {
  bool control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (text.empty() || text.size() > bytes_max || control)
    return bad("a name in a door message is empty, too long or not printable");
  return text;
}

base::Result<std::string> dataset_field(const json::object& object, std::string_view field) {
  CLOISTER_TRY(std::string text, text_field(object, field));
  // 22 bytes more: "@" and a version.
  return name_of(std::move(text), limits::dataset_name_bytes_max + 22);
}

base::Result<std::vector<std::string>> columns_field(const json::object& object) {
  std::vector<std::string> columns;
  if (!object.contains("columns")) return columns;
  CLOISTER_TRY(const json::array* names, array_field(object, "columns"));
  if (names->empty() || names->size() > limits::columns_max)
    return bad("a door message names no column, or too many");
  for (const json::value& name : *names) {
    if (!name.is_string()) return bad("a column in a door message is not a text");
    CLOISTER_TRY(std::string column,
                 name_of(std::string(name.get_string()), limits::column_name_bytes_max));
    columns.push_back(std::move(column));
  }
  return columns;
}

base::Result<std::optional<std::uint64_t>> limit_field(const json::object& object) {
  if (!object.contains("limit")) return std::nullopt;
  CLOISTER_TRY(std::int64_t limit, integer_field(object, "limit"));
  if (limit < 0) return bad("the limit in a door message is negative");
  return static_cast<std::uint64_t>(limit);
}

bool is_mime(std::string_view text) {
  std::size_t slash = text.find('/');
  if (text.size() > 127 || slash == 0 || slash >= text.size() - 1) return false;
  return std::ranges::all_of(text, [&](const char& c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return letter || c == '.' || c == '+' || c == '-' || &c == text.data() + slash;
  });
}

base::Result<DoorRequest> parse_list(const json::object& object) {
  CLOISTER_TRY_DO(only_fields(object, {"message"}));
  return DoorListDatasets{};
}

base::Result<DoorRequest> parse_describe(const json::object& object) {
  CLOISTER_TRY_DO(only_fields(object, {"message", "dataset"}));
  CLOISTER_TRY(std::string dataset, dataset_field(object, "dataset"));
  return DoorDescribe{std::move(dataset)};
}

base::Result<DoorRequest> parse_read(const json::object& object) {
  CLOISTER_TRY_DO(only_fields(object, {"message", "dataset", "columns", "limit"}));
  CLOISTER_TRY(std::string dataset, dataset_field(object, "dataset"));
  CLOISTER_TRY(std::vector<std::string> columns, columns_field(object));
  CLOISTER_TRY(std::optional<std::uint64_t> limit, limit_field(object));
  return DoorRead{std::move(dataset), std::move(columns), limit};
}

base::Result<DoorRequest> parse_query(const json::object& object) {
  CLOISTER_TRY_DO(only_fields(object, {"message", "sql"}));
  CLOISTER_TRY(std::string sql, text_field(object, "sql"));
  if (sql.size() > limits::sql_bytes_max) return bad("a statement is longer than allowed");
  return DoorQuery{std::move(sql)};
}

base::Result<DoorRequest> parse_save(const json::object& object) {
  CLOISTER_TRY_DO(only_fields(object, {"message", "name"}));
  CLOISTER_TRY(std::string name, dataset_field(object, "name"));
  return DoorSave{std::move(name)};
}

base::Result<DoorRequest> parse_display(const json::object& object) {
  CLOISTER_TRY_DO(only_fields(object, {"message", "mime"}));
  CLOISTER_TRY(std::string mime, text_field(object, "mime"));
  if (!is_mime(mime)) return bad("an output has no proper media type");
  return DoorDisplay{std::move(mime)};
}

struct Message {
  std::string_view name;
  base::Result<DoorRequest> (*parse)(const json::object&);
  std::size_t body_bytes_max;
  std::size_t descriptors;
};
constexpr std::array<Message, 6> messages{{
    {"datasets", parse_list, 0, 0},
    {"describe", parse_describe, 0, 0},
    {"read", parse_read, 0, 0},
    {"query", parse_query, 0, 0},
    {"save", parse_save, 0, 1},
    {"display", parse_display, limits::door_body_bytes_max, 0},
}};

json::object head_of(const DoorDataset& dataset) {
  return {{"dataset", dataset.dataset},
          {"version", dataset.version},
          {"rows", dataset.rows},
          {"class",
           dataset.class_name.empty() ? json::value(nullptr) : json::value(dataset.class_name)},
          {"created", dataset.created}};
}

}  // namespace

base::Result<DoorRequest> parse_door_request(std::string_view header, std::size_t body_bytes,
                                             std::size_t descriptors) {
  if (header.size() > limits::door_header_bytes_max)
    return bad("a door message is longer than allowed");
  CLOISTER_TRY(json::object object, parse_json_object(header));
  CLOISTER_TRY(std::string name, text_field(object, "message"));
  const auto* message = std::ranges::find(messages, name, &Message::name);
  if (message == messages.end()) return bad("there is no such door message");
  if (body_bytes > message->body_bytes_max || descriptors != message->descriptors)
    return bad("a door message has a body or descriptors that do not belong to it");
  return message->parse(object);
}

std::string encode_door_done() {
  return json::serialize(json::object{{"ok", true}});
}

std::string encode_door_datasets(const std::vector<DoorDataset>& datasets) {
  json::array list;
  for (const DoorDataset& dataset : datasets) {
    json::object head = head_of(dataset);
    head["columns"] = dataset.columns.size();
    list.push_back(std::move(head));
  }
  return json::serialize(json::object{{"ok", true}, {"datasets", std::move(list)}});
}

std::string encode_door_dataset(const DoorDataset& dataset) {
  json::object object = head_of(dataset);
  json::array columns;
  for (const DoorColumn& column : dataset.columns)
    columns.push_back(json::object{{"name", column.name}, {"type", column.type}});
  object["columns"] = std::move(columns);
  object["ok"] = true;
  return json::serialize(object);
}

std::string encode_door_table(const DoorTableSize& size) {
  return json::serialize(json::object{
      {"ok", true}, {"rows", size.rows}, {"truncated", size.truncated}, {"seconds", size.seconds}});
}

std::string encode_door_error(const base::Error& error) {
  return json::serialize(json::object{{"error", to_json(error)}});
}

}  // namespace cloister::wire
