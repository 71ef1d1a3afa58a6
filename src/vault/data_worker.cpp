// SPDX-License-Identifier: Apache-2.0
#include "cloister/vault/data_worker.hpp"

#include "cloister/base/random.hpp"
#include "cloister/io/sealed_memory.hpp"
#include "cloister/wire/data_errors.hpp"

#include "data_cell.hpp"

#include <cctype>
#include <map>
#include <mutex>

namespace cloister::vault {
namespace {

namespace errors = wire::data_errors;

// An address space: DuckDB itself is told to stay far below (engines/data, WorkerOptions).
constexpr std::uint64_t import_memory_bytes = 4ull << 30;
constexpr std::uint64_t query_memory_bytes = 16ull << 30;
constexpr std::uint64_t result_bytes_max = 8ull << 30;

std::vector<Column> columns_of(std::vector<wire::data::Column> columns) {
  std::vector<Column> out;
  for (wire::data::Column& column : columns)
    out.push_back({std::move(column.name), std::move(column.type)});
  return out;
}

wire::data::SealedTable table_of(const std::string& name, const SealedDataset& dataset) {
  return {.name = name,
          .file_id = dataset.version.file_id,
          .key = dataset.key.clone(),
          .block_hashes = dataset.block_hashes};
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string cell_name(const char* kind) {
  base::SystemRandom random;
  return std::string(kind) + "-" + base::random_id(random);
}

base::Error unexpected_reply() {
  return {errors::worker_died, "the data worker answered something else than it was asked"};
}

class CellQueryWorker final : public QueryWorker {
 public:
  explicit CellQueryWorker(std::unique_ptr<DataCell> cell) : cell_(std::move(cell)) {}

  base::Result<QueryAnalysis> analyse(const std::string& sql) override {
    std::lock_guard lock(mutex_);
    CLOISTER_TRY(
        DataReply received,
        cell_->channel().converse(wire::data::encode(wire::data::AnalyseRequest{sql}), {}, {}, {}));
    auto* analysis = std::get_if<wire::data::AnalysisReply>(&received.reply);
    if (analysis == nullptr) return std::unexpected(unexpected_reply());
    return QueryAnalysis{.read_only = analysis->refusal.empty(),
                         .refusal = std::move(analysis->refusal),
                         .names = std::move(analysis->names)};
  }

  base::Result<QueryResult> query(const std::string& sql, std::vector<Table> tables,
                                  std::uint64_t row_limit, ResultFormat format,
                                  std::stop_token stop) override {
    std::lock_guard lock(mutex_);
    wire::data::QueryRequest request{
        .sql = sql, .row_limit = row_limit, .arrow = format == ResultFormat::arrow, .tables = {}};
    std::vector<io::Descriptor> files;
    for (Table& table : tables) {
      request.tables.push_back(table_of(table.name, table.dataset));
      files.push_back(std::move(table.dataset.file));
    }
    CLOISTER_TRY(DataReply received, cell_->channel().converse(wire::data::encode(request),
                                                               std::move(files), {}, stop));
    {
      std::lock_guard names(names_mutex_);
      for (const Table& table : tables)
        attached_[lower(table.name)] = table.dataset.version.file_id;
    }
    return result_of(std::move(received), format);
  }

  bool has(const std::string& name, const std::string& file_id) const override {
    std::lock_guard lock(names_mutex_);
    auto found = attached_.find(lower(name));
    return found != attached_.end() && found->second == file_id;
  }

 private:
  static base::Result<QueryResult> result_of(DataReply received, ResultFormat format) {
    auto* answer = std::get_if<wire::data::AnswerReply>(&received.reply);
    const bool arrow = format == ResultFormat::arrow;
    if (answer == nullptr || received.descriptors.size() != (arrow ? 1 : 0))
      return std::unexpected(unexpected_reply());
    QueryResult result{.columns = columns_of(std::move(answer->columns)),
                       .row_count = answer->rows,
                       .truncated = answer->truncated,
                       .rows_json = {},
                       .arrow = {},
                       .seconds = static_cast<double>(answer->microseconds) / 1e6};
    if (arrow) {
      // Whoever reads it maps it; that nothing can change it any more is checked before it goes on.
      CLOISTER_TRY(auto mapped,
                   io::MappedMemory::map(received.descriptors.front(), result_bytes_max));
      result.arrow = std::move(received.descriptors.front());
    } else {
      result.rows_json = base::as_text(received.body);
    }
    return result;
  }

  std::unique_ptr<DataCell> cell_;
  std::mutex mutex_;  // one conversation at a time
  mutable std::mutex names_mutex_;
  std::map<std::string, std::string> attached_;  // name in lower case → file id
};

}  // namespace

base::Outcome run_import(Draft& draft, ImportSource source, const SealedDataset* append_to,
                         const cell::AttemptSink& attempts, const Progress& progress,
                         std::stop_token stop) {
  wire::data::ImportRequest request{.file_name = std::move(source.file_name),
                                    .format = std::move(source.format),
                                    .types = std::move(source.types),
                                    .key = draft.key.clone(),
                                    .append_to = std::nullopt};
  std::vector<io::Descriptor> files;
  files.push_back(std::move(source.file));
  if (append_to != nullptr) {
    request.append_to = table_of("old", *append_to);
    CLOISTER_TRY(io::Descriptor old_file, append_to->file.duplicate());
    files.push_back(std::move(old_file));
  }
  CLOISTER_TRY(auto cell,
               DataCell::start(cell_name("import"), draft.folder, import_memory_bytes, attempts));
  auto tell = [&](const wire::data::ProgressReply& reply) {
    if (progress) progress(reply.what, reply.done, reply.total);
  };
  CLOISTER_TRY(DataReply received,
               cell->channel().converse(wire::data::encode(request), std::move(files), tell, stop));
  auto* imported = std::get_if<wire::data::ImportedReply>(&received.reply);
  if (imported == nullptr) return std::unexpected(unexpected_reply());
  draft.version.rows = imported->rows;
  draft.version.columns = columns_of(std::move(imported->columns));
  draft.version.bytes_in = imported->bytes_in;
  // The file is whole only when the worker has closed it.
  return cell->finish();
}

base::Result<std::unique_ptr<QueryWorker>> QueryWorker::start(const std::string& name,
                                                              const cell::AttemptSink& attempts,
                                                              const io::Path& spill_folder) {
  CLOISTER_TRY(auto cell, DataCell::start(name, spill_folder, query_memory_bytes, attempts));
  return std::make_unique<CellQueryWorker>(std::move(cell));
}

}  // namespace cloister::vault
