// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/io/sealed_memory.hpp"
#include "cloister/kernels/door.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

namespace cloister::kernels {

// A vault of byte strings: what was saved can be read.
class FakeHandler : public DoorHandler {
 public:
  std::map<std::string, std::string> tables;  // Arrow IPC streams by name

  base::Result<std::vector<wire::DoorDataset>> datasets(std::stop_token) override {
    std::lock_guard lock(mutex_);
    std::vector<wire::DoorDataset> list;
    for (const auto& [name, bytes] : tables) list.push_back(info(name));
    return list;
  }
  base::Result<wire::DoorDataset> describe(const wire::DoorDescribe& request,
                                           std::stop_token) override {
    std::lock_guard lock(mutex_);
    CLOISTER_TRY(std::string name, known(request.dataset));
    return info(name);
  }
  base::Result<DoorTable> read(const wire::DoorRead& request, std::stop_token) override {
    std::lock_guard lock(mutex_);
    CLOISTER_TRY(std::string name, known(request.dataset));
    CLOISTER_TRY(io::Descriptor arrow, io::sealed_copy_of(base::as_bytes(tables[name]), "table"));
    return DoorTable{.arrow = std::move(arrow), .size = {.rows = 3}};
  }
  // A statement names a table, or "wait" for one that runs until it is stopped.
  base::Result<DoorTable> query(const wire::DoorQuery& request, std::stop_token stop) override {
    if (request.sql != "wait")
      return read({.dataset = request.sql, .columns = {}, .limit = {}}, stop);
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, stop, [] { return false; });
    return base::fail({"test.stopped", base::Kind::cancelled}, "stopped");
  }
  base::Result<wire::DoorDataset> save(const wire::DoorSave& request, io::Descriptor arrow,
                                       std::stop_token) override {
    CLOISTER_TRY(auto mapped, io::MappedMemory::map(arrow, 1u << 30));
    std::lock_guard lock(mutex_);
    tables[request.name] = base::as_text(mapped.view());
    return info(request.name);
  }

  void await_query() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }

 private:
  base::Result<std::string> known(const std::string& name) {
    if (tables.contains(name)) return name;
    return base::fail({"policy.denied", base::Kind::denied}, "this cell was not granted " + name,
                      "cloister run --dataset " + name);
  }
  static wire::DoorDataset info(const std::string& name) {
    return {.dataset = name,
            .version = 1,
            .rows = 3,
            .class_name = "",
            .created = "2026-11-25T21:36:00.000000Z",
            .columns = {{"age", "BIGINT"}, {"ward", "VARCHAR"}}};
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool waiting_ = false;
};

}  // namespace cloister::kernels
