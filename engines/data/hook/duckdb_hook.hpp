// SPDX-License-Identifier: Apache-2.0
// What DuckDB's C API does not offer: encryption by OpenSSL, files that are descriptors, the parse
// tree. Everything behind this header is C++20 (DuckDB's C++ headers do not compile as C++23); the
// header itself uses the standard library alone, so that both sides can read it.
#pragma once

#include <duckdb.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::data {

using BlockHash = std::array<std::byte, 32>;

// Leaves of a manifest: the three headers of a DuckDB file, then one leaf for each of its blocks.
inline constexpr std::uint64_t first_leaf_bytes = 12'288;
inline constexpr std::uint64_t leaf_bytes = 262'144;

BlockHash hash_of_leaf(std::span<const std::byte> bytes);  // SHA-256

// Begins the message of every error that means "these bytes are not those that were sealed".
inline constexpr std::string_view integrity_marker = "cloister-integrity";

// The files that DuckDB may open, by the name "descriptor://ID". Read-only, read by pread, never
// opened again by a path. Thread-safe.
class DescriptorFiles {
 public:
  struct File {
    std::string name;
    int descriptor = -1;  // borrowed: the owner keeps it open
    std::uint64_t size = 0;
    std::vector<BlockHash> block_hashes;       // empty: nothing to compare with
    std::vector<std::atomic<bool>> verified;   // one for each leaf
    std::atomic<std::uint64_t> bytes_read{0};  // of what was asked for, for progress
  };

  // Returns the name for SQL. SECURITY: the ID is a counter of this object, so that SQL can never
  // name a descriptor of the process (test: DescriptorFiles.OnlyAddedFilesOpen).
  std::string add(int descriptor, std::vector<BlockHash> block_hashes);
  // SECURITY: after this no file can be opened, whatever SQL says; those that are open stay open
  // (test: DescriptorFiles.NothingOpensAfterTheDoorIsClosed).
  void close_door() { door_open_ = false; }
  bool door_open() const { return door_open_; }
  std::shared_ptr<File> find(const std::string& name) const;
  std::uint64_t bytes_read(const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::uint64_t next_ = 1;
  std::atomic<bool> door_open_{true};
};

// Version of the C++ headers; must equal duckdb_library_version(), for class layouts are shared.
const char* header_version();

// Gives a fresh database AES-256-GCM by OpenSSL and the files. Call before the first ATTACH.
void install(duckdb_database database, std::shared_ptr<DescriptorFiles> files);

// Removes every table function that is not in `kept`, all COPY functions, pragmas and replacement
// scans, and forgets the allowed paths: what SQL cannot name it cannot call. Throws nothing; the
// text says what went wrong.
std::string strip_functions(duckdb_connection connection, std::span<const std::string_view> kept);

struct Statement {
  std::string error;                   // of the parser; nothing else is set then
  std::string refusal;                 // why it is not one read-only statement
  std::vector<std::string> tables;     // that it reads, sorted, as it names them
  std::vector<std::string> functions;  // that it calls in FROM, sorted, in lower case
};
// Parses and resolves names; runs nothing and needs no table to exist.
Statement analyse_statement(duckdb_connection connection, const std::string& sql);

// A value as DuckDB writes it: for the types that the C API cannot read.
std::string value_text(duckdb_vector vector, idx_t row);

}  // namespace cloister::data
