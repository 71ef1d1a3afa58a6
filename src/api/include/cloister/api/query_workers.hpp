// SPDX-License-Identifier: Apache-2.0
// Query workers by whom they serve: one process per person with one set of grants, and one per
// cell.
#pragma once

#include "cloister/vault/data_worker.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace cloister::api {

// Where one worker spills what does not fit into memory, encrypted with a key that only it has.
// Removed with it.
class SpillFolder {
 public:
  static base::Result<SpillFolder> make(vault::Services services, const io::Path& parent);
  ~SpillFolder();
  SpillFolder(SpillFolder&& other) noexcept
      : disk_(other.disk_), path_(std::exchange(other.path_, {})) {}
  SpillFolder& operator=(SpillFolder&&) = delete;
  const io::Path& path() const { return path_; }

 private:
  SpillFolder(io::Disk& disk, io::Path path) : disk_(&disk), path_(std::move(path)) {}
  io::Disk* disk_;
  io::Path path_;
};

// A worker, and the lock that lets one caller at a time use it.
struct SharedWorker {
  SharedWorker(SpillFolder folder, std::unique_ptr<vault::QueryWorker> started)
      : spill(std::move(folder)), worker(std::move(started)) {}
  std::mutex in_use;
  SpillFolder spill;  // outlives the worker
  std::unique_ptr<vault::QueryWorker> worker;
};

// Thread-safe.
class QueryWorkers {
 public:
  // Spill folders are made below `folder`, which is emptied first.
  QueryWorkers(vault::Services services, io::Path folder);

  // The worker of `key` ("person:…" or "cell:…"), started when there is none yet or the last one
  // died.
  base::Result<std::shared_ptr<SharedWorker>> get(const std::string& key,
                                                  const cell::AttemptSink& attempts);
  void end(const std::string& key);
  void end_all();  // lock, and whatever takes data away: a worker may hold it in memory
  std::size_t count() const;

 private:
  vault::Services services_;
  io::Path folder_;
  mutable std::mutex lock_;
  std::map<std::string, std::shared_ptr<SharedWorker>> workers_;
};

}  // namespace cloister::api
