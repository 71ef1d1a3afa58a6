// SPDX-License-Identifier: Apache-2.0
#include "queries.hpp"

#include "cloister/api/errors.hpp"
#include "cloister/base/limits.hpp"
#include "cloister/wire/sql_text.hpp"

#include "parameters.hpp"

#include <fmt/format.h>

#include <limits>

namespace cloister::api {
namespace {

// To a worker 0 means no row at all.
constexpr std::uint64_t all_rows = std::numeric_limits<std::int64_t>::max();

std::string worker_key(const policy::Subject& subject) {
  return subject.cell ? "cell:" + *subject.cell : "person:" + subject.person;
}

ledger::Entry query_entry(const QueryRequest& request) {
  return {.kind = "query",
          .who = name_of(request.subject),
          .dataset = {},
          .purpose = request.purpose,
          .decision = "allow",
          .detail = {{"sql", wire::redact_literals(request.sql)}}};
}

// The datasets that a statement names, each decided on. SECURITY: a table reaches the worker only
// after policy allowed it for this subject (test:
// test_query_of_a_dataset_that_was_not_granted_is_denied).
base::Result<std::vector<vault::DatasetVersion>> permitted_tables(
    Studio& studio, const QueryRequest& request, const std::vector<std::string>& names) {
  std::vector<vault::DatasetVersion> versions;
  for (const std::string& name : names) {
    auto reference = vault::parse_dataset_reference(name);
    if (!reference) return std::unexpected(reference.error());
    CLOISTER_TRY_DO(studio.permit({.subject = request.subject,
                                   .action = policy::Action::read_dataset,
                                   .dataset = reference->name,
                                   .columns = {},
                                   .purpose = request.purpose}));
    CLOISTER_TRY(vault::DatasetVersion version, studio.home().find(*reference));
    versions.push_back(std::move(version));
  }
  return versions;
}

}  // namespace

base::Result<vault::QueryResult> run_query(Studio& studio, const QueryRequest& request,
                                           std::stop_token stop) {
  if (request.sql.size() > base::limits::sql_bytes_max)
    return base::fail(errors::bad_parameter, "the statement is longer than 1 MiB");
  std::string sql = wire::quote_version_references(request.sql);
  CLOISTER_TRY(auto shared,
               studio.query_workers().get(worker_key(request.subject), studio.attempt_sink()));
  std::scoped_lock guard(shared->in_use);
  auto analysed = shared->worker->analyse(sql);
  if (!analysed) {
    studio.query_workers().end(worker_key(request.subject));
    return std::unexpected(analysed.error());
  }
  ledger::Entry entry = query_entry(request);
  if (!analysed->read_only) {
    entry.decision = "deny";
    entry.detail["reason"] = analysed->refusal;
    CLOISTER_TRY_DO(studio.record(std::move(entry), request.subject));
    return base::fail(errors::not_read_only, analysed->refusal,
                      "one statement that only reads: SELECT, FROM, WITH, VALUES, PIVOT, DESCRIBE, "
                      "SUMMARIZE or EXPLAIN");
  }
  CLOISTER_TRY(auto versions, permitted_tables(studio, request, analysed->names));
  std::vector<vault::QueryWorker::Table> tables;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (!entry.dataset.empty()) entry.dataset += ", ";
    entry.dataset += label_of(versions[i]);
    if (shared->worker->has(analysed->names[i], versions[i].file_id)) continue;
    CLOISTER_TRY(vault::SealedDataset sealed, studio.home().open_dataset(versions[i]));
    tables.push_back({.name = analysed->names[i], .dataset = std::move(sealed)});
  }
  auto result = shared->worker->query(sql, std::move(tables),
                                      request.row_limit == 0 ? all_rows : request.row_limit,
                                      request.format, stop);
  if (!result) {
    // A worker that met damage or was interrupted starts afresh.
    if (result.error().kind != base::Kind::usage)
      studio.query_workers().end(worker_key(request.subject));
    return std::unexpected(result.error());
  }
  entry.detail["rows"] = result->row_count;
  CLOISTER_TRY_DO(studio.record(std::move(entry), request.subject));
  return result;
}

}  // namespace cloister::api
