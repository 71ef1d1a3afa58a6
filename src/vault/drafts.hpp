// SPDX-License-Identifier: Apache-2.0
// Versions that are being made: one at a time for each name, removed when nothing came of them.
#pragma once

#include "cloister/io/disk.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace cloister::vault {

// The names that a running draft holds. Thread-safe.
class Reservations {
 public:
  bool take(const std::string& folded_name);  // false: somebody has it
  void release(const std::string& folded_name);
  bool empty() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> names_;
};

// Lives in Draft::cleanup.
class DraftGuard {
 public:
  DraftGuard(io::Disk& disk, io::Path folder, std::shared_ptr<Reservations> reservations,
             std::string folded_name, bool appends)
      : disk_(disk),
        folder_(std::move(folder)),
        reservations_(std::move(reservations)),
        name_(std::move(folded_name)),
        appends_(appends) {}
  ~DraftGuard();
  DraftGuard(const DraftGuard&) = delete;
  DraftGuard& operator=(const DraftGuard&) = delete;

  bool appends() const { return appends_; }
  // After a failure that may have reached the disk: the next opening decides what stays.
  void leave_folder() { folder_.clear(); }

 private:
  io::Disk& disk_;
  io::Path folder_;
  std::shared_ptr<Reservations> reservations_;
  std::string name_;
  bool appends_;
};

}  // namespace cloister::vault
