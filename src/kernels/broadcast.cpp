// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/broadcast.hpp"

#include "cloister/io/errors.hpp"

#include <algorithm>

namespace cloister::kernels {
namespace {

// What the supervisor may have sent before it heard of a rewind (the window of attach.hpp).
constexpr std::size_t stale_bytes_max = 5u << 20;

std::size_t cost(const Delivered& message) {
  return message.message.message.bytes() + 256;
}

}  // namespace

void Broadcast::put(std::shared_ptr<const Delivered> message) {
  if (!message->own && !accepts(*message)) return;
  if (!message->own) {
    next_seq_ = message->seq + 1;
    newest_ = std::max(newest_, next_seq_);
    started_ = true;
  }
  window_bytes_ += cost(*message);
  window_.push_back({.position = ++last_position_, .message = std::move(message)});
  while (window_bytes_ > window_bytes_max_ && window_.size() > 1) {
    window_bytes_ -= cost(*window_.front().message);
    window_.pop_front();
  }
  changed_.notify_all();
}

bool Broadcast::accepts(const Delivered& message) {
  if (!started_) return true;
  if (message.seq < next_seq_) return false;  // known
  if (message.first <= next_seq_) {
    stale_bytes_ = 0;
    return true;
  }
  // A gap: sent before the rewind was heard of, or the journal had no room for what lay between.
  if (message.first >= newest_ && stale_bytes_ > 0) {
    stale_bytes_ -= std::min(stale_bytes_, cost(message));
    return false;
  }
  return true;
}

void Broadcast::close() {
  closed_ = true;
  changed_.notify_all();
}

std::shared_ptr<const Delivered> Broadcast::take(Place& place) {
  if (window_.empty()) return nullptr;
  std::uint64_t front = window_.front().position;
  std::size_t at = place.position > front ? place.position - front : 0;
  for (; at < window_.size(); ++at) {
    const Entry& entry = window_[at];
    place.position = entry.position + 1;
    bool known = !entry.message->own && entry.message->seq < place.next_seq;
    if (known) continue;
    if (!entry.message->own) place.next_seq = entry.message->seq + 1;
    return entry.message;
  }
  return nullptr;
}

// Whether something that this reader has not seen is not in the window any more.
bool Broadcast::lost(const Place& place) const {
  if (place.next_seq >= newest_) return false;
  auto first =
      std::ranges::find_if(window_, [](const Entry& entry) { return !entry.message->own; });
  std::uint64_t have_from = first == window_.end() ? next_seq_ : first->message->first;
  bool skipped = first != window_.end() && place.position > first->position;
  return place.next_seq < have_from && !skipped;
}

io::Task<base::Result<std::shared_ptr<const Delivered>>> Broadcast::next(Place& place) {
  for (;;) {
    if (lost(place) && !closed_) {
      window_.clear();
      window_bytes_ = 0;
      next_seq_ = place.next_seq;
      stale_bytes_ = stale_bytes_max;
      rewind_(place.next_seq);
    }
    if (auto message = take(place)) co_return message;
    if (closed_) co_return base::fail(io::errors::closed, "the kernel says nothing more");
    base::Outcome waited = co_await changed_.wait(io::no_deadline);
    if (!waited) co_return std::unexpected(std::move(waited).error());
  }
}

}  // namespace cloister::kernels
