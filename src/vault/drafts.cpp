// SPDX-License-Identifier: Apache-2.0
#include "drafts.hpp"

#include "cloister/base/log.hpp"

#include <fmt/format.h>

namespace cloister::vault {

bool Reservations::take(const std::string& folded_name) {
  std::lock_guard lock(mutex_);
  return names_.insert(folded_name).second;
}

void Reservations::release(const std::string& folded_name) {
  std::lock_guard lock(mutex_);
  names_.erase(folded_name);
}

bool Reservations::empty() const {
  std::lock_guard lock(mutex_);
  return names_.empty();
}

DraftGuard::~DraftGuard() {
  if (!folder_.empty())
    if (auto removed = disk_.remove_folder(folder_); !removed)
      base::log_info(
          fmt::format("vault: a draft stays until the next unlock: {}", removed.error().message));
  reservations_->release(name_);
}

}  // namespace cloister::vault
