// SPDX-License-Identifier: Apache-2.0
// What the contents API says about one file, notebook or folder, and what it is told to save.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/result.hpp"
#include "cloister/wire/notebook_node.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cloister::contents {

enum class Type { directory, notebook, file };
enum class Format { json, text, base64 };

struct Model {
  // Nothing asked for; the text of a file (or its base64); a notebook; the entries of a folder.
  using Content = std::variant<std::monostate, std::string, wire::NotebookNode, std::vector<Model>>;

  std::string name;
  std::string path;
  Type type = Type::file;
  bool writable = false;
  base::WallTime created;
  base::WallTime last_modified;  // for the Last-Modified header, too
  std::optional<std::uint64_t> size;
  std::optional<std::string> mimetype;
  Content content;
  std::optional<Format> format;
  std::optional<std::string> hash;  // SHA-256, hexadecimal
  std::string message;              // "Notebook validation failed: …" or ""
};

struct GetRequest {
  std::optional<Type> type;
  std::optional<Format> format;  // text or base64
  bool content = true;
  bool hash = false;
};

struct SaveRequest {
  std::optional<Type> type;
  std::optional<Format> format;
  std::optional<wire::NotebookNode> content;  // a text, or a notebook's object
  std::optional<std::int64_t> chunk;          // 1, 2, …, and -1 for the last
  // Saves only if the file has this hash now ("" = only if there is none): contents.conflict else.
  std::optional<std::string> if_hash;
};

struct Checkpoint {
  std::string id;
  base::WallTime last_modified;
};

// "directory", "notebook", "file"; "text", "base64", "json": contents.bad-type,
// contents.bad-format.
base::Result<Type> parse_type(std::string_view text);
base::Result<Format> parse_format(std::string_view text);

// The body of a PUT. Refuses what is not an object, and copy_from (contents.bad-request).
base::Result<SaveRequest> parse_save_request(std::string_view body);

std::string to_json(const Model& model);
std::string to_json(const Checkpoint& checkpoint);
std::string to_json(const std::vector<Checkpoint>& checkpoints);

}  // namespace cloister::contents
