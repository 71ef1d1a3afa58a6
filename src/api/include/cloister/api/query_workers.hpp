// SPDX-License-Identifier: Apache-2.0
// Query workers by whom they serve: one process per person with one set of grants, and one per cell.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cloister/vault/data_worker.hpp"

namespace cloister::api {

// A worker, and the lock that lets one caller at a time use it.
struct SharedWorker {
  std::mutex in_use;
  std::unique_ptr<vault::QueryWorker> worker;
};

// Thread-safe.
class QueryWorkers {
 public:
  QueryWorkers(io::Path spill_folder, io::Disk& disk) : spill_(std::move(spill_folder)), disk_(disk) {}

  // The worker of `key` ("person:…" or "cell:…"), started when there is none yet or the last one died.
  base::Result<std::shared_ptr<SharedWorker>> get(const std::string& key,
                                                  const cell::AttemptSink& attempts);
  void end(const std::string& key);
  void end_all();  // lock, and whatever takes data away: a worker may hold it in memory
  std::size_t count() const;

 private:
  io::Path spill_;
  io::Disk& disk_;
  mutable std::mutex lock_;
  std::map<std::string, std::shared_ptr<SharedWorker>> workers_;
};

}  // namespace cloister::api
