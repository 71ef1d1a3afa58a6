// SPDX-License-Identifier: Apache-2.0
// The server's side of cloister-data: starts a worker in a sealed cell and speaks its frames.
#pragma once

#include "cloister/cell/cell.hpp"
#include "cloister/vault/home.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace cloister::vault {

struct ImportSource {
  std::string file_name;  // for the format and messages; never opened
  io::Descriptor
      file;  // CSV, TSV, NDJSON, Parquet, or a sealed memory file with an Arrow IPC stream
  std::string format;  // "" detects by name and content; "arrow" for Arrow IPC
  std::vector<std::pair<std::string, std::string>> types;  // --types COL=TYPE
};

// One import in one worker of its own: fills draft.folder/data.duckdb and draft.version's rows,
// columns, bytes_in. `append_to` is set for --append: its rows come first, and its columns are the
// columns. data.bad-row names line and column; data.not-a-table a file that is not what it says.
base::Outcome run_import(Draft& draft, ImportSource source, const SealedDataset* append_to,
                         const cell::AttemptSink& attempts, const Progress& progress,
                         std::stop_token stop);

struct QueryAnalysis {
  bool read_only = false;          // exactly one statement of the allowed kinds
  std::string refusal;             // why not, in words
  std::vector<std::string> names;  // tables that it names: "patients" or "patients@3"
};

struct QueryResult {
  std::vector<Column> columns;
  std::uint64_t row_count = 0;  // of what is returned
  bool truncated = false;
  std::string rows_json;  // [[…],…] for Format::json
  io::Descriptor arrow;   // sealed memory file with an Arrow IPC stream, for Format::arrow
  double seconds = 0;
};
enum class ResultFormat { json, arrow };

// One query worker: one person with one set of grants. Blocking; one call at a time (callers queue
// on it). Destroying it ends the worker, and with it all that it held in memory.
class QueryWorker {
 public:
  static base::Result<std::unique_ptr<QueryWorker>> start(const std::string& name,
                                                          const cell::AttemptSink& attempts,
                                                          const io::Path& spill_folder);
  virtual ~QueryWorker() = default;
  // Parses only; no dataset is attached for it.
  virtual base::Result<QueryAnalysis> analyse(const std::string& sql) = 0;
  // Attaches what is not attached yet (each name as a view), locks the configuration, runs the
  // statement. A worker only ever holds datasets that were passed to it. data.sql for errors of the
  // statement, data.integrity for a block that does not fit its manifest.
  struct Table {
    std::string name;  // as the statement names it: "patients", "patients@3"
    SealedDataset dataset;
  };
  virtual base::Result<QueryResult> query(const std::string& sql, std::vector<Table> tables,
                                          std::uint64_t row_limit, ResultFormat format,
                                          std::stop_token stop) = 0;
  virtual bool has(const std::string& name,
                   const std::string& file_id) const = 0;  // already attached?
};

}  // namespace cloister::vault
