// SPDX-License-Identifier: Apache-2.0
#include "attempt_store.hpp"

#include <algorithm>
#include <utility>

namespace cloister::cell {
namespace {

constexpr std::size_t kept_max = 20'000;

}  // namespace

void AttemptStore::add(std::vector<Attempt> attempts) {
  std::lock_guard lock(mutex_);
  for (Attempt& attempt : attempts) {
    std::uint64_t number = ++last_number_;
    if (kept_.size() < kept_max) {
      kept_.push_back({.number = number, .attempt = std::move(attempt)});
      continue;
    }
    attach::Attempted& last = kept_.back();  // a new number: who has the old one gets the count
    last.number = number;
    last.attempt.operation = "flood";
    last.attempt.time = attempt.time;
    last.attempt.count += attempt.count;
  }
}

std::vector<attach::Attempted> AttemptStore::after(std::uint64_t number, std::size_t most) {
  std::lock_guard lock(mutex_);
  std::vector<attach::Attempted> found;
  auto next = std::ranges::upper_bound(kept_, number, {}, &attach::Attempted::number);
  for (; next != kept_.end() && found.size() < most; ++next) found.push_back(*next);
  return found;
}

void AttemptStore::taken(std::uint64_t through) {
  std::lock_guard lock(mutex_);
  while (!kept_.empty() && kept_.front().number <= through) kept_.pop_front();
}

}  // namespace cloister::cell
