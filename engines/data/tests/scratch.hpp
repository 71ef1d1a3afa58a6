// SPDX-License-Identifier: Apache-2.0
// A folder for one test, with imports and sealed files in it.
#pragma once

#include "cloister/base/random.hpp"

#include "import.hpp"
#include "query.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace cloister::data {

class Scratch {
 public:
  Scratch() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "cloister-data-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    base::SeededRandom random(7);
    key = base::SecretBytes(32);
    random.fill(key.writable());
  }
  ~Scratch() { std::filesystem::remove_all(folder); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string write(const std::string& name, std::string_view content) const {
    const std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  static io::Descriptor open(const std::string& path) {
    return io::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  std::string made() const { return folder + "/data.duckdb"; }

  base::Result<wire::data::ImportedReply> import(
      const std::string& name, std::string_view content,
      std::vector<std::pair<std::string, std::string>> types = {}) const {
    return import_with({.file_name = name, .types = std::move(types)}, write(name, content));
  }
  base::Result<wire::data::ImportedReply> import_with(wire::data::ImportRequest request,
                                                      const std::string& path,
                                                      const std::string& old = "") const {
    request.key = key.clone();
    Importer importer({.folder = folder, .database = {.memory_bytes = 256u << 20, .threads = 2}});
    return importer.run(std::move(request), open(path), old.empty() ? io::Descriptor() : open(old));
  }

  static std::vector<wire::data::BlockHash> hashes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::vector<wire::data::BlockHash> hashes;
    std::string block;
    for (std::size_t size = first_leaf_bytes;; size = leaf_bytes) {
      block.resize(size);
      in.read(block.data(), static_cast<std::streamsize>(size));
      if (in.gcount() == 0) return hashes;
      hashes.push_back(hash_of_leaf(
          std::as_bytes(std::span(block.data(), static_cast<std::size_t>(in.gcount())))));
    }
  }
  wire::data::SealedTable sealed(const std::string& name) const {
    return {.name = name, .file_id = "1", .key = key.clone(), .block_hashes = hashes(made())};
  }
  base::Result<Answer> query(QueryEngine& engine, const std::string& sql,
                             const std::string& table = "t", std::uint64_t rows = 1000) const {
    wire::data::QueryRequest request{.sql = sql, .row_limit = rows};
    request.tables.push_back(sealed(table));
    std::vector<io::Descriptor> files;
    files.push_back(open(made()));
    return engine.query(std::move(request), std::move(files));
  }
  // The rows as JSON; the error's code and text when it failed.
  std::string rows(const std::string& sql) const {
    QueryEngine engine(options());
    return text_of(query(engine, sql));
  }
  static std::string text_of(const base::Result<Answer>& answer) {
    return answer ? answer->rows_json : answer.error().code + ": " + answer.error().message;
  }
  DatabaseOptions options() const {
    return {.memory_bytes = 256u << 20, .threads = 2, .spill_folder = folder + "/spill"};
  }

  std::string folder;
  base::SecretBytes key;
};

// True when a text stands in any file below the folder.
inline bool readable_below(const std::string& folder, std::string_view text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string all((std::istreambuf_iterator<char>(in)), {});
    if (all.find(text) != all.npos) return true;
  }
  return false;
}

}  // namespace cloister::data
