// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/query_workers.hpp"

#include "cloister/cell/cell.hpp"
#include "cloister/io/errors.hpp"

#include <unistd.h>

namespace cloister::api {

base::Result<SpillFolder> SpillFolder::make(vault::Services services, const io::Path& parent) {
  CLOISTER_TRY_DO(services.disk.make_folder(parent, 0711));
  SpillFolder folder(services.disk, parent / base::random_id(services.random));
  CLOISTER_TRY_DO(services.disk.make_folder(folder.path(), 0700));
  // Started as root, the worker runs under another id and must own the folder that it writes to.
  if (geteuid() == 0 &&
      chown(folder.path().c_str(), cell::unprivileged_id, cell::unprivileged_id) != 0)
    return base::fail_errno(io::errors::system, "cannot give a spill folder to its worker", errno);
  return folder;
}

SpillFolder::~SpillFolder() {
  if (!path_.empty()) (void)disk_->remove_folder(path_);
}

QueryWorkers::QueryWorkers(vault::Services services, io::Path folder)
    : services_(services), folder_(std::move(folder)) {
  (void)services_.disk.remove_folder(folder_);  // what a crashed process left behind
}

base::Result<std::shared_ptr<SharedWorker>> QueryWorkers::get(const std::string& key,
                                                              const cell::AttemptSink& attempts) {
  std::scoped_lock guard(lock_);
  auto found = workers_.find(key);
  if (found != workers_.end()) return found->second;
  CLOISTER_TRY(SpillFolder spill, SpillFolder::make(services_, folder_));
  CLOISTER_TRY(auto worker, vault::QueryWorker::start(key, attempts, spill.path()));
  auto shared = std::make_shared<SharedWorker>(std::move(spill), std::move(worker));
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
