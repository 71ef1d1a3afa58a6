// SPDX-License-Identifier: Apache-2.0
#include "attempt_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloister::cell {

void AttemptFolder::add(Attempt attempt, Time now, const std::function<void(Attempt&)>& complete) {
  if (now >= window_end_) close_window(now);
  if (window_end_ == Time::max()) window_end_ = now + window_;
  std::string key =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", attempt.pid, attempt.operation, attempt.family,
                  attempt.address, attempt.port, attempt.host, attempt.verdict);
  if (auto known = kinds_.find(key); known != kinds_.end()) {
    ++known->second.count;
    known->second.repeated.time = attempt.time;
    return;
  }
  if (kinds_.size() >= limits_.distinct_per_window ||
      distinct_total_ >= limits_.distinct_in_total) {
    ++flooded_;
    last_flooded_ = std::move(attempt);
    return;
  }
  ++distinct_total_;
  complete(attempt);
  ready_.push_back(attempt);
  kinds_.emplace(std::move(key), Kind{.repeated = std::move(attempt), .count = 0});
}

void AttemptFolder::close_window(Time now) {
  for (auto& [key, kind] : kinds_) {
    if (kind.count == 0) continue;
    kind.repeated.count = kind.count;
    ready_.push_back(std::move(kind.repeated));
  }
  kinds_.clear();
  if (flooded_ > 0) {
    Attempt summary;
    summary.time = last_flooded_.time;
    summary.cell = last_flooded_.cell;
    summary.notebook = last_flooded_.notebook;
    summary.operation = "flood";
    summary.verdict = last_flooded_.verdict;
    summary.count = flooded_;
    ready_.push_back(std::move(summary));
    flooded_ = 0;
    // A cell that has used up its total may go on for days: summaries come ever more rarely.
    if (distinct_total_ >= limits_.distinct_in_total)
      window_ = std::min(window_ * 2, limits_.window_max);
  }
  window_end_ = Time::max();
  static_cast<void>(now);
}

std::vector<Attempt> AttemptFolder::take(Time now, bool last) {
  if (last || now >= window_end_) close_window(now);
  return std::exchange(ready_, {});
}

AttemptFolder::Time AttemptFolder::due() const {
  return ready_.empty() ? window_end_ : Time::min();
}

}  // namespace cloister::cell
