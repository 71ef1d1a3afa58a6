// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/session_grants.hpp"

namespace cloister::api {

void SessionGrants::open(const std::string& id, const std::string& path) {
  std::lock_guard lock(mutex_);
  kernels_[id] = {.id = id, .path = path, .datasets = {}};
}

void SessionGrants::close(const std::string& id) {
  std::lock_guard lock(mutex_);
  kernels_.erase(id);
}

void SessionGrants::rename(const std::string& id, const std::string& path) {
  std::lock_guard lock(mutex_);
  if (auto kernel = kernels_.find(id); kernel != kernels_.end()) kernel->second.path = path;
}

bool SessionGrants::grant(const std::string& id, const std::string& dataset) {
  std::lock_guard lock(mutex_);
  auto kernel = kernels_.find(id);
  if (kernel == kernels_.end()) return false;
  kernel->second.datasets.insert(dataset);
  return true;
}

bool SessionGrants::revoke(const std::string& id, const std::string& dataset) {
  std::lock_guard lock(mutex_);
  auto kernel = kernels_.find(id);
  return kernel != kernels_.end() && kernel->second.datasets.erase(dataset) > 0;
}

std::vector<std::string> SessionGrants::of(const std::string& id) const {
  std::lock_guard lock(mutex_);
  auto kernel = kernels_.find(id);
  if (kernel == kernels_.end()) return {};
  return {kernel->second.datasets.begin(), kernel->second.datasets.end()};
}

std::vector<SessionGrants::Kernel> SessionGrants::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Kernel> list;
  for (const auto& [id, kernel] : kernels_) list.push_back(kernel);
  return list;
}

std::optional<std::string> SessionGrants::find(const std::string& meant) const {
  std::lock_guard lock(mutex_);
  std::optional<std::string> found;
  for (const auto& [id, kernel] : kernels_) {
    bool fits = kernel.path == meant || (meant.size() >= 4 && id.starts_with(meant));
    if (fits && found) return std::nullopt;  // more than one
    if (fits) found = id;
  }
  return found;
}

}  // namespace cloister::api
