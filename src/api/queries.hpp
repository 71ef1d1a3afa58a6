// SPDX-License-Identifier: Apache-2.0
// One query, whoever asks: the owner at the command line, or code in a cell through its door.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/api/studio.hpp"
#include "cloister/vault/data_worker.hpp"

namespace cloister::api {

struct QueryRequest {
  policy::Subject subject;
  std::string sql;
  std::string purpose;
  std::uint64_t row_limit = 0;  // 0: none
  vault::ResultFormat format = vault::ResultFormat::json;
};

// Analyses, decides for each dataset that the statement names, runs it, records it (literals
// replaced, row count, never values). What is not one read-only statement is policy.not-read-only.
base::Result<vault::QueryResult> run_query(Studio& studio, const QueryRequest& request,
                                           std::stop_token stop);

}  // namespace cloister::api
