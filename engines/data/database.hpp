// SPDX-License-Identifier: Apache-2.0
// DuckDB by its C API, with owners: one private in-memory instance and its connections.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"
#include "cloister/wire/data_protocol.hpp"

#include "hook/duckdb_hook.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::data {

using wire::data::Column;

// 'text' and "name" with their quotes doubled.
std::string quote_text(std::string_view text);
std::string quote_name(std::string_view name);

// What a value of this type is called in SQL: "DECIMAL(18,2)", "VARCHAR", "INTEGER[]".
std::string type_name(duckdb_logical_type type);

class Result {
 public:
  Result() = default;
  ~Result() { reset(); }
  Result(Result&& other) noexcept;
  Result& operator=(Result&& other) noexcept;

  duckdb_result* raw() { return &result_; }
  std::vector<Column> columns();
  void reset();

 private:
  friend class Connection;
  duckdb_result result_{};
  bool filled_ = false;
};

// Owns one chunk of a result.
class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk chunk) : chunk_(chunk) {}
  ~Chunk() {
    if (chunk_ != nullptr) duckdb_destroy_data_chunk(&chunk_);
  }
  Chunk(Chunk&& other) noexcept : chunk_(std::exchange(other.chunk_, nullptr)) {}
  Chunk& operator=(Chunk&&) = delete;
  explicit operator bool() const { return chunk_ != nullptr; }
  duckdb_data_chunk raw() const { return chunk_; }
  idx_t size() const { return duckdb_data_chunk_get_size(chunk_); }

 private:
  duckdb_data_chunk chunk_;
};

// One thread at a time, but for interrupt().
class Connection {
 public:
  explicit Connection(duckdb_connection connection) : connection_(connection) {}
  ~Connection() {
    if (connection_ != nullptr) duckdb_disconnect(&connection_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  duckdb_connection raw() const { return connection_; }
  base::Outcome execute(const std::string& sql);
  base::Result<Result> query(const std::string& sql);  // the whole result in memory
  // Runs all statements of the text; the last one's rows come one chunk at a time by next().
  base::Result<Result> stream(const std::string& sql);
  base::Result<Chunk> next(Result& result);
  // First column of the first row; "" for NULL or no row.
  base::Result<std::string> text(const std::string& sql);
  base::Result<std::int64_t> integer(const std::string& sql);
  void interrupt() { duckdb_interrupt(connection_); }

 private:
  duckdb_connection connection_;
};

struct DatabaseOptions {
  std::uint64_t memory_bytes = 640ull << 20;
  unsigned threads = 0;           // 0: all cores
  std::string spill_folder = "";  // encrypted temporary files; "": none
};

// A private instance without any table. Its settings are made before anything can run: extensions
// are neither installed nor loaded, spilled data is encrypted. Thread-safe.
class Database {
 public:
  static base::Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  ~Database() { duckdb_close(&database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  base::Result<std::unique_ptr<Connection>> connect();
  DescriptorFiles& files() { return *files_; }
  // ATTACH of an encrypted file. The text with the key is wiped; errors never hold it.
  base::Outcome attach(Connection& connection, const std::string& file, const std::string& name,
                       const base::SecretBytes& key, bool read_only);

 private:
  Database() = default;
  duckdb_database database_ = nullptr;
  std::shared_ptr<DescriptorFiles> files_ = std::make_shared<DescriptorFiles>();
};

// An error of the engine in our words. Texts of DuckDB that can hold values of a dataset are left
// out (test: EngineErrors.NeverQuoteAValue).
base::Error error_of(duckdb_error_type type, std::string_view message);
// Nothing when the message speaks of something else.
std::optional<base::Error> no_space_error(std::string_view message);
base::Error integrity_error();
// The same where the C API keeps no type: it is told from the text's first words.
base::Error error_of_text(const char* message);

}  // namespace cloister::data
