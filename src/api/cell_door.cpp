// SPDX-License-Identifier: Apache-2.0
#include "cell_door.hpp"

#include "cloister/api/errors.hpp"

#include "imports.hpp"
#include "parameters.hpp"
#include "queries.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::api {
namespace {

wire::DoorDataset door_dataset(const vault::DatasetVersion& version) {
  wire::DoorDataset dataset{.dataset = version.dataset,
                            .version = version.version,
                            .rows = version.rows,
                            .class_name = {},
                            .created = base::to_rfc3339(version.created),
                            .columns = {}};
  for (const vault::Column& column : version.columns)
    dataset.columns.push_back({.name = column.name, .type = column.type});
  return dataset;
}

// "name" in SQL: a column may hold any character.
std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

}  // namespace

CellDoor::~CellDoor() {
  studio_.query_workers().end("cell:" + *subject_.cell);
}

policy::Subject CellDoor::subject() const {
  policy::Subject now = subject_;
  for (std::string& dataset : studio_.session_grants().of(*subject_.cell))
    if (std::ranges::find(now.granted_to_cell, dataset) == now.granted_to_cell.end())
      now.granted_to_cell.push_back(std::move(dataset));
  return now;
}

base::Outcome CellDoor::permit(policy::Action action, const std::string& dataset) {
  return studio_.permit({.subject = subject(),
                         .action = action,
                         .dataset = dataset,
                         .columns = {},
                         .purpose = purpose_});
}

base::Result<vault::DatasetVersion> CellDoor::granted(const std::string& text) {
  CLOISTER_TRY(vault::DatasetReference reference, vault::parse_dataset_reference(text));
  // SECURITY: the decision comes before the look-up, so that a hidden dataset and one that does not
  // exist give the same answer (test: test_a_hidden_and_a_missing_dataset_give_the_same_answer).
  CLOISTER_TRY_DO(permit(policy::Action::read_dataset, reference.name));
  return studio_.home().find(reference);
}

base::Result<std::vector<wire::DoorDataset>> CellDoor::datasets(std::stop_token) {
  std::vector<wire::DoorDataset> list;
  const policy::Subject now = subject();
  for (const std::string& name : now.granted_to_cell) {
    CLOISTER_TRY(vault::DatasetVersion version, granted(name));
    list.push_back(door_dataset(version));
  }
  return list;
}

base::Result<wire::DoorDataset> CellDoor::describe(const wire::DoorDescribe& request,
                                                   std::stop_token) {
  CLOISTER_TRY(vault::DatasetVersion version, granted(request.dataset));
  return door_dataset(version);
}

base::Result<kernels::DoorTable> CellDoor::run(std::string sql, std::stop_token stop) {
  QueryRequest query{.subject = subject(),
                     .sql = std::move(sql),
                     .purpose = purpose_,
                     .row_limit = 0,
                     .format = vault::ResultFormat::arrow};
  CLOISTER_TRY(vault::QueryResult result, run_query(studio_, query, std::move(stop)));
  return kernels::DoorTable{
      .arrow = std::move(result.arrow),
      .size = {.rows = result.row_count, .truncated = result.truncated, .seconds = result.seconds}};
}

base::Result<kernels::DoorTable> CellDoor::read(const wire::DoorRead& request,
                                                std::stop_token stop) {
  CLOISTER_TRY(vault::DatasetVersion version, granted(request.dataset));
  std::string columns;
  for (const std::string& column : request.columns)
    columns += (columns.empty() ? "" : ", ") + quoted(column);
  std::string sql =
      fmt::format("SELECT {} FROM {}", columns.empty() ? "*" : columns, quoted(request.dataset));
  if (request.limit) sql += fmt::format(" LIMIT {}", *request.limit);
  return run(std::move(sql), std::move(stop));
}

base::Result<kernels::DoorTable> CellDoor::query(const wire::DoorQuery& request,
                                                 std::stop_token stop) {
  return run(request.sql, std::move(stop));
}

base::Result<wire::DoorDataset> CellDoor::save(const wire::DoorSave& request, io::Descriptor arrow,
                                               std::stop_token stop) {
  CLOISTER_TRY(std::string name, vault::parse_dataset_name(request.name));
  // What a cell saves is made from whatever it could read: all of it is the lineage.
  std::vector<std::string> lineage;
  const policy::Subject now = subject();
  for (const std::string& granted_name : now.granted_to_cell) {
    CLOISTER_TRY(vault::DatasetVersion version, granted(granted_name));
    lineage.push_back(label_of(version));
  }
  ImportRequest request_to_import{
      .subject = subject(),
      .action = policy::Action::save_dataset,
      .name = name,
      .append = false,
      .purpose = purpose_,
      .description = {},
      .lineage = std::move(lineage),
      .source = {
          .file_name = name + ".arrow", .file = std::move(arrow), .format = "arrow", .types = {}}};
  Listener nobody{.progress = [](std::string_view, std::uint64_t, std::uint64_t) {},
                  .item = {},
                  .stop = std::move(stop)};
  CLOISTER_TRY(vault::DatasetVersion version,
               import_file(studio_, std::move(request_to_import), nobody));
  return door_dataset(version);
}

}  // namespace cloister::api
