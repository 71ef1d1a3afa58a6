// SPDX-License-Identifier: Apache-2.0
#include "query.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/data_errors.hpp"

#include "arrow_stream.hpp"
#include "json_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;
using namespace std::string_view_literals;

// What stays callable in FROM. Everything that opens a file, runs SQL from a text or shows the
// engine's inside is gone. seq_scan is how DuckDB reads a table.
constexpr std::string_view kept_functions[] = {
    "seq_scan"sv,  "range"sv,     "generate_series"sv,   "unnest"sv, "repeat"sv, "repeat_row"sv,
    "json_each"sv, "json_tree"sv, "pg_timezone_names"sv, "summary"sv};

// What the other side is willing to map (vault, data_worker.cpp).
constexpr std::uint64_t arrow_bytes_max = 8ull << 30;

}  // namespace

base::Outcome QueryEngine::open_instance() {
  {
    std::lock_guard lock(mutex_);
    connection_.reset();
  }
  database_.reset();
  CLOISTER_TRY(auto database, Database::open(options_));
  database_ = std::move(database);
  CLOISTER_TRY(auto connection, database_->connect());
  CLOISTER_TRY_DO(attach_all(*connection));
  // SECURITY: from here on SQL reaches no file, no extension and no setting (test:
  // QueryLockdown.RefusesEveryWayOut).
  database_->files().close_door();
  if (std::string why = strip_functions(connection->raw(), kept_functions); !why.empty())
    return base::fail(errors::engine, fmt::format("cannot lock the data engine: {}", why));
  CLOISTER_TRY_DO(connection->execute("SET enable_external_access=false"));
  CLOISTER_TRY_DO(connection->execute("SET lock_configuration=true"));
  std::lock_guard lock(mutex_);
  connection_ = std::move(connection);
  return {};
}

base::Outcome QueryEngine::attach_all(Connection& connection) {
  for (std::size_t i = 0; i < held_.size(); ++i) {
    Held& held = held_[i];
    std::string file = database_->files().add(held.file.number(), held.table.block_hashes);
    std::string schema = fmt::format("sealed_{}", i);
    CLOISTER_TRY_DO(database_->attach(connection, file, schema, held.table.key, true));
    CLOISTER_TRY_DO(
        connection.execute(fmt::format("CREATE VIEW {} AS SELECT * FROM {}.main.data",
                                       quote_name(held.table.name), quote_name(schema))));
  }
  return {};
}

base::Result<wire::data::AnalysisReply> QueryEngine::analyse(const std::string& sql) {
  if (!connection_) CLOISTER_TRY_DO(open_instance());
  Statement statement = analyse_statement(connection_->raw(), sql);
  if (!statement.error.empty())
    return std::unexpected(error_of(DUCKDB_ERROR_PARSER, statement.error));
  for (const std::string& function : statement.functions)
    if (statement.refusal.empty() &&
        std::ranges::find(kept_functions, function) == std::end(kept_functions))
      statement.refusal = fmt::format(
          "{}() cannot be called in FROM: a statement reads datasets, no files and "
          "nothing of the engine",
          function);
  return wire::data::AnalysisReply{.refusal = statement.refusal, .names = statement.tables};
}

// True when something is new. A name that now means another file replaces the old one.
bool QueryEngine::take_new_tables(wire::data::QueryRequest& request,
                                  std::vector<io::Descriptor>& files) {
  bool changed = false;
  auto same = [](std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
  };
  for (std::size_t i = 0; i < request.tables.size(); ++i) {
    wire::data::SealedTable& table = request.tables[i];
    auto held = std::ranges::find_if(
        held_, [&](const Held& one) { return same(one.table.name, table.name); });
    if (held != held_.end() && held->table.file_id == table.file_id) continue;
    if (held != held_.end()) held_.erase(held);
    held_.push_back({std::move(table), std::move(files[i])});
    changed = true;
  }
  return changed;
}

base::Result<Answer> QueryEngine::query(wire::data::QueryRequest request,
                                        std::vector<io::Descriptor> files) {
  if (take_new_tables(request, files) || !connection_) CLOISTER_TRY_DO(open_instance());
  CLOISTER_TRY(wire::data::AnalysisReply analysis, analyse(request.sql));
  if (!analysis.refusal.empty()) return base::fail(errors::not_read_only, analysis.refusal);
  auto start = std::chrono::steady_clock::now();
  auto answer = run(request);
  if (!answer && cancelled_) return base::fail(errors::cancelled, "the query was cancelled");
  if (answer)
    answer->reply.microseconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                       std::chrono::steady_clock::now() - start)
                                       .count());
  return answer;
}

base::Result<Answer> QueryEngine::run(const wire::data::QueryRequest& request) {
  if (cancelled_) return base::fail(errors::cancelled, "the query was cancelled");
  CLOISTER_TRY(Result result, connection_->stream(request.sql));
  Answer answer;
  answer.reply.columns = result.columns();
  if (!request.arrow) {
    CLOISTER_TRY_DO(read_json(result, request.row_limit, answer));
    return answer;
  }
  CLOISTER_TRY(ArrowStream stream,
               write_arrow(*connection_, result, request.row_limit, arrow_bytes_max, cancelled_));
  answer.reply.rows = stream.rows;
  answer.reply.truncated = stream.truncated;
  answer.arrow = std::move(stream.memory);
  return answer;
}

// At most row_limit rows and at most what one frame can carry; whole rows, `truncated` says it.
base::Outcome QueryEngine::read_json(Result& result, std::uint64_t row_limit, Answer& answer) {
  std::string& out = answer.rows_json;
  out = "[";
  for (;;) {
    CLOISTER_TRY(Chunk chunk, connection_->next(result));
    if (!chunk) break;
    if (cancelled_) return base::fail(errors::cancelled, "the query was cancelled");
    RowWriter rows(chunk);
    for (idx_t row = 0; row < chunk.size() && !answer.reply.truncated; ++row) {
      const std::size_t before = out.size();
      if (answer.reply.rows < row_limit) rows.append(out, row);
      if (answer.reply.rows >= row_limit || out.size() + 1 > base::limits::frame_body_bytes_max) {
        out.resize(before);
        answer.reply.truncated = true;
      } else {
        ++answer.reply.rows;
      }
    }
    if (answer.reply.truncated) break;
  }
  out += "]";
  return {};
}

wire::data::ProgressReply QueryEngine::progress() {
  wire::data::ProgressReply reply{.what = "query", .done = 0, .total = 100};
  std::lock_guard lock(mutex_);
  if (!connection_) return reply;
  // An interrupt that came between two statements was lost: progress is asked for again and again.
  if (cancelled_) connection_->interrupt();
  const double percent = duckdb_query_progress(connection_->raw()).percentage;
  if (percent > 0 && percent <= 100) reply.done = static_cast<std::uint64_t>(percent);
  return reply;
}

void QueryEngine::cancel() {
  cancelled_ = true;
  std::lock_guard lock(mutex_);
  if (connection_) connection_->interrupt();
}

}  // namespace cloister::data
