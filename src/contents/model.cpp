// SPDX-License-Identifier: Apache-2.0
#include "cloister/contents/model.hpp"

#include "cloister/contents/errors.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/notebook_json.hpp"

namespace cloister::contents {
namespace {

using wire::append_quoted;
using wire::NotebookNode;

std::string_view name_of(Type type) {
  return type == Type::directory ? "directory" : type == Type::notebook ? "notebook" : "file";
}

std::string_view name_of(Format format) {
  return format == Format::json ? "json" : format == Format::text ? "text" : "base64";
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_quoted(out, key);
  out += ':';
  append_quoted(out, text);
  out += ',';
}

void append_text_or_null(std::string& out, std::string_view key,
                         const std::optional<std::string>& text) {
  if (text) return append_text(out, key, *text);
  append_quoted(out, key);
  out += ":null,";
}

void append_content(std::string& out, const Model::Content& content) {
  if (const auto* text = std::get_if<std::string>(&content)) {
    append_quoted(out, *text);
  } else if (const auto* notebook = std::get_if<NotebookNode>(&content)) {
    out += wire::write_compact(*notebook);
  } else if (const auto* entries = std::get_if<std::vector<Model>>(&content)) {
    out += '[';
    for (const Model& entry : *entries) {
      if (&entry != entries->data()) out += ',';
      out += to_json(entry);
    }
    out += ']';
  } else {
    out += "null";
  }
}

// A member of the request that is a text, or absent (null counts as absent).
base::Result<std::optional<std::string>> text_member(const NotebookNode& body,
                                                     std::string_view name) {
  const NotebookNode* member = body.find(name);
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (member->text() == nullptr)
    return base::fail(errors::bad_request, std::string(name) + " is not a text");
  return *member->text();
}

}  // namespace

base::Result<Type> parse_type(std::string_view text) {
  for (Type type : {Type::directory, Type::notebook, Type::file})
    if (text == name_of(type)) return type;
  return base::fail(errors::bad_type, "the type is not directory, notebook or file");
}

base::Result<Format> parse_format(std::string_view text) {
  for (Format format : {Format::json, Format::text, Format::base64})
    if (text == name_of(format)) return format;
  return base::fail(errors::bad_format, "the format is not text, base64 or json");
}

base::Result<SaveRequest> parse_save_request(std::string_view body) {
  auto parsed = wire::parse_notebook_json(body);
  if (!parsed && parsed.error().is(wire::errors::too_large))
    return base::fail(errors::too_large, parsed.error().message);
  if (!parsed) return base::fail(errors::bad_request, parsed.error().message);
  if (parsed->object() == nullptr) return base::fail(errors::bad_request, "not a JSON object");
  SaveRequest request;
  CLOISTER_TRY(auto copied, text_member(*parsed, "copy_from"));
  if (copied && !copied->empty())
    return base::fail(errors::bad_request, "PUT cannot copy: use POST");
  CLOISTER_TRY(auto type, text_member(*parsed, "type"));
  if (type && !type->empty()) {
    CLOISTER_TRY(request.type, parse_type(*type));
  }
  CLOISTER_TRY(auto format, text_member(*parsed, "format"));
  if (format) {
    CLOISTER_TRY(request.format, parse_format(*format));
  }
  if (const NotebookNode* chunk = parsed->find("chunk"); chunk != nullptr && !chunk->is_null()) {
    request.chunk = chunk->integer();
    if (!request.chunk || *request.chunk == 0 || *request.chunk < -1)
      return base::fail(errors::bad_request, "chunk is not 1, 2, … or -1");
  }
  if (NotebookNode* content = parsed->find("content"); content != nullptr && !content->is_null())
    request.content = std::move(*content);
  return request;
}

std::string to_json(const Model& model) {
  std::string out = "{";
  append_text(out, "name", model.name);
  append_text(out, "path", model.path);
  append_text(out, "type", name_of(model.type));
  out += model.writable ? "\"writable\":true," : "\"writable\":false,";
  append_text(out, "created", base::to_rfc3339(model.created));
  append_text(out, "last_modified", base::to_rfc3339(model.last_modified));
  out += "\"size\":" + (model.size ? std::to_string(*model.size) : "null") + ",";
  append_text_or_null(out, "mimetype", model.mimetype);
  std::optional<std::string> format;
  if (model.format) format = name_of(*model.format);
  append_text_or_null(out, "format", format);
  append_text_or_null(out, "hash", model.hash);
  append_text_or_null(out, "hash_algorithm",
                      model.hash ? std::optional<std::string>("sha256") : std::nullopt);
  if (!model.message.empty()) append_text(out, "message", model.message);
  out += "\"content\":";
  append_content(out, model.content);
  return out + "}";
}

std::string to_json(const Checkpoint& checkpoint) {
  std::string out = "{";
  append_text(out, "id", checkpoint.id);
  out += "\"last_modified\":";
  append_quoted(out, base::to_rfc3339(checkpoint.last_modified));
  return out + "}";
}

std::string to_json(const std::vector<Checkpoint>& checkpoints) {
  std::string out = "[";
  for (const Checkpoint& checkpoint : checkpoints) {
    if (&checkpoint != checkpoints.data()) out += ',';
    out += to_json(checkpoint);
  }
  return out + "]";
}

}  // namespace cloister::contents
