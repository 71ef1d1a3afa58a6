// SPDX-License-Identifier: Apache-2.0
#include "idle_watch.hpp"

#include <algorithm>
#include <utility>

namespace cloister::cell {
namespace {

constexpr std::size_t requests_max = 4096;
constexpr std::size_t header_bytes_max = 4096;

}  // namespace

void IdleWatch::requested(const std::string& id, base::ByteView header) {
  if (requests_.size() >= requests_max || header.size() > header_bytes_max) return;
  requests_[id].header.assign(header.begin(), header.end());
}

void IdleWatch::replied(const std::string& id, Time now) {
  auto found = requests_.find(id);
  if (found == requests_.end()) return;
  found->second.replied = now;
  if (found->second.idle) requests_.erase(found);
}

void IdleWatch::idle(const std::string& id) {
  auto found = requests_.find(id);
  if (found == requests_.end()) return;
  found->second.idle = true;
  if (found->second.replied != io::no_deadline) requests_.erase(found);
}

IdleWatch::Time IdleWatch::due() const {
  Time first = io::no_deadline;
  for (const auto& [id, request] : requests_) first = std::min(first, request.replied);
  if (first == io::no_deadline) return first;
  return std::max(first, last_heard_) + patience_;
}

std::vector<base::Bytes> IdleWatch::lost(Time now) {
  std::vector<base::Bytes> headers;
  if (now < due()) return headers;
  for (auto request = requests_.begin(); request != requests_.end();) {
    if (request->second.replied == io::no_deadline ||
        std::max(request->second.replied, last_heard_) + patience_ > now) {
      ++request;
      continue;
    }
    headers.push_back(std::move(request->second.header));
    request = requests_.erase(request);
  }
  return headers;
}

}  // namespace cloister::cell
