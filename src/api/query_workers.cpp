// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/query_workers.hpp"

#include <ranges>

namespace cloister::api {

base::Result<std::shared_ptr<SharedWorker>> QueryWorkers::get(const std::string& key,
                                                              const cell::AttemptSink& attempts) {
  std::scoped_lock guard(lock_);
  auto found = workers_.find(key);
  if (found != workers_.end()) return found->second;
  auto shared = std::make_shared<SharedWorker>();
  CLOISTER_TRY(shared->worker, vault::QueryWorker::start(key, attempts, spill_));
  workers_.emplace(key, shared);
  return shared;
}

void QueryWorkers::end(const std::string& key) {
  std::shared_ptr<SharedWorker> ended;  // its process is killed outside the lock
  std::scoped_lock guard(lock_);
  auto node = workers_.extract(key);
  if (!node.empty()) ended = std::move(node.mapped());
}

void QueryWorkers::end_all() {
  std::map<std::string, std::shared_ptr<SharedWorker>> ended;
  std::scoped_lock guard(lock_);
  ended.swap(workers_);
}

std::size_t QueryWorkers::count() const {
  std::scoped_lock guard(lock_);
  return workers_.size();
}

}  // namespace cloister::api
