// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/condition.hpp"

#include "cloister/base/check.hpp"

#include "event_loop_state.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cloister::io {

struct Condition::Waiter {
  Waiter(Condition& waited, Deadline deadline) : condition(waited), timer(waited.loop_, deadline) {
    place = condition.waiters_.insert(condition.waiters_.end(), this);
  }
  ~Waiter() {
    if (!notified) condition.waiters_.erase(place);
  }
  void wake() {
    notified = true;
    condition.waiters_.erase(place);
    timer.timer().expires_at(Deadline::min());
  }

  Condition& condition;
  LoopTimer timer;
  std::list<Waiter*>::iterator place;
  bool notified = false;
};

Condition::~Condition() {
  CLOISTER_CHECK(waiters_.empty());
}

Task<base::Outcome> Condition::wait(Deadline deadline) {
  if (co_await is_cancelled()) co_return was_cancelled();
  Waiter waiter(*this, deadline);
  co_await waiter.timer.timer().async_wait(asio::as_tuple(asio::use_awaitable));
  // In this order: a notification that was given to this waiter is not lost.
  if (waiter.notified) co_return base::Outcome{};
  if (co_await is_cancelled()) co_return was_cancelled();
  co_return base::fail(errors::timeout, "nothing happened in time");
}

Task<> Condition::wait_uncancelled() {
  Waiter waiter(*this, no_deadline);
  asio::cancellation_slot none;
  while (!waiter.notified)
    co_await waiter.timer.timer().async_wait(
        asio::bind_cancellation_slot(none, asio::as_tuple(asio::use_awaitable)));
}

void Condition::notify_one() {
  if (!waiters_.empty()) waiters_.front()->wake();
}

void Condition::notify_all() {
  while (!waiters_.empty()) waiters_.front()->wake();
}

}  // namespace cloister::io
