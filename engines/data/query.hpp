// SPDX-License-Identifier: Apache-2.0
// The query side of cloister-data: one person's sealed datasets, read-only, behind views.
#pragma once

#include "cloister/io/descriptor.hpp"

#include "database.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloister::data {

struct Answer {
  wire::data::AnswerReply reply;
  std::string rows_json;
  io::Descriptor arrow;
};

// Holds what was attached so far. A locked instance cannot attach more, so that a further dataset
// means a fresh instance with the union. One thread, but for cancel().
class QueryEngine {
 public:
  explicit QueryEngine(DatabaseOptions options) : options_(std::move(options)) {}

  base::Result<wire::data::AnalysisReply> analyse(const std::string& sql);
  // `files` lie beside request.tables; those already held are closed again.
  base::Result<Answer> query(wire::data::QueryRequest request, std::vector<io::Descriptor> files);
  // Ends the running statement; also one that is about to start. From any thread.
  void cancel();
  void clear_cancel() { cancelled_ = false; }
  wire::data::ProgressReply progress();  // in percent, where the engine knows; from any thread

 private:
  struct Held {
    wire::data::SealedTable table;
    io::Descriptor file;
  };
  bool take_new_tables(wire::data::QueryRequest& request, std::vector<io::Descriptor>& files);
  base::Outcome open_instance();
  base::Outcome attach_all(Connection& connection);
  base::Result<Answer> run(const wire::data::QueryRequest& request);
  base::Outcome read_json(Result& result, std::uint64_t row_limit, Answer& answer);

  DatabaseOptions options_;
  std::vector<Held> held_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  std::mutex mutex_;  // guards connection_ against cancel()
  std::atomic<bool> cancelled_{false};
};

}  // namespace cloister::data
