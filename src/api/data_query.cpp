// SPDX-License-Identifier: Apache-2.0
// `data query`: one read-only statement over the vault's datasets.
#include "dataset_json.hpp"
#include "handlers.hpp"
#include "parameters.hpp"
#include "queries.hpp"

namespace cloister::api {
namespace {

constexpr std::int64_t row_limit_default = 1000;
constexpr std::int64_t row_limit_max = 100'000'000;

}  // namespace

base::Result<Reply> data_query(Studio& studio, Call& call, const Listener& listener) {
  CLOISTER_TRY(std::string sql, text_parameter(call, "sql"));
  std::string format = text_parameter_or(call, "format", "");
  bool arrow = format == "arrow";
  bool leaves =
      !format.empty();  // rows for a file or a program of the host, not for a person's eyes
  CLOISTER_TRY(std::int64_t limit,
               number_parameter(call, "limit", 0, row_limit_max, arrow ? 0 : row_limit_default));
  policy::Subject subject = studio.owner();
  if (leaves)
    CLOISTER_TRY_DO(studio.permit({.subject = subject,
                                   .action = policy::Action::release_to_host,
                                   .dataset = {},
                                   .columns = {},
                                   .purpose = call.purpose}));
  QueryRequest request{.subject = subject,
                       .sql = std::move(sql),
                       .purpose = call.purpose,
                       .row_limit = static_cast<std::uint64_t>(limit),
                       .format = arrow ? vault::ResultFormat::arrow : vault::ResultFormat::json};
  CLOISTER_TRY(vault::QueryResult result, run_query(studio, request, listener.stop));
  Reply reply;
  json::array columns;
  for (const vault::Column& column : result.columns)
    columns.push_back({{"name", column.name}, {"type", column.type}});
  reply.result = {{"columns", std::move(columns)}};
  if (leaves)
    CLOISTER_TRY_DO(studio.record({.kind = "release",
                                   .who = {},
                                   .dataset = {},
                                   .purpose = call.purpose,
                                   .decision = "allow",
                                   .detail = {{"rows", result.row_count}, {"format", format}}},
                                  subject));
  if (arrow) {
    reply.files.push_back(std::move(result.arrow));
  } else {
    // Rows travel as text that the worker wrote: parsed once, by whoever prints them.
    reply.body = std::move(result.rows_json);
  }
  reply.result["row_count"] = result.row_count;
  reply.result["truncated"] = result.truncated;
  reply.result["seconds"] = result.seconds;
  return reply;
}

}  // namespace cloister::api
