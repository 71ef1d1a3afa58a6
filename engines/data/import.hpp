// SPDX-License-Identifier: Apache-2.0
// The import side of cloister-data: one file in, one encrypted DuckDB file out (table `data`).
#pragma once

#include "cloister/io/descriptor.hpp"

#include "database.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

namespace cloister::data {

enum class FileFormat { csv, tsv, json, parquet, arrow };

// From the explicit format or the name's ending, checked against the first bytes. data.not-a-table
// when they contradict each other.
base::Result<FileFormat> detect_format(const std::string& file_name, const std::string& format,
                                       std::string_view start);

struct ImportOptions {
  std::string folder{};  // data.duckdb and spilled data go here
  DatabaseOptions database{};
};

// One import. run() on one thread; cancel() and the progress from any other.
class Importer {
 public:
  explicit Importer(ImportOptions options) : options_(std::move(options)) {}

  base::Result<wire::data::ImportedReply> run(wire::data::ImportRequest request,
                                              io::Descriptor source, io::Descriptor old_file);
  void cancel();
  wire::data::ProgressReply progress();

 private:
  base::Result<wire::data::ImportedReply> run_steps();
  base::Outcome open_output();
  base::Outcome attach_old();
  base::Outcome import_file(FileFormat format);
  base::Outcome import_csv(bool tab_separated);
  base::Outcome import_csv_once(const struct CsvPlan& plan);
  base::Error explain_csv(const struct CsvPlan& plan, base::Error otherwise);
  base::Outcome import_table_function(FileFormat format);
  base::Outcome import_arrow();
  base::Outcome store(const std::string& select);
  base::Result<std::string> select_from(const std::string& from);
  base::Outcome finish_output();

  ImportOptions options_;
  wire::data::ImportRequest request_;
  io::Descriptor source_;
  io::Descriptor old_file_;
  std::string source_name_;
  std::vector<Column> old_columns_;  // of the version that is appended to
  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  std::mutex mutex_;  // guards database_ and connection_ against cancel() and progress()
  std::atomic<bool> cancelled_{false};
};

}  // namespace cloister::data
