// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/task_group.hpp"

#include "cloister/base/check.hpp"
#include "cloister/base/log.hpp"
#include "cloister/io/condition.hpp"

#include "event_loop_state.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <list>
#include <vector>

namespace cloister::io {
namespace {

struct Member {
  asio::cancellation_signal signal;
  bool started = false;
  bool refused = false;  // cancelled before its first step
};

// Asio must not see a cancellation before the task's first step: it would throw where nothing
// catches (Boost 1.81, co_spawn_entry_point awaits a post outside its try block).
Task<> run_member(std::shared_ptr<Member> member, Task<> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  member->started = true;
  if (!member->refused) co_await std::move(task);
}

void judge(const std::exception_ptr& stray) {
  if (!stray) return;
#ifndef NDEBUG
  base::abort_because("a task lets no exception out", __FILE__, __LINE__);
#else
  // Without the exception's own words: they could hold a value.
  base::log_info("cloister: bug: a task ended with an exception");
#endif
}

}  // namespace

struct TaskGroup::State {
  explicit State(EventLoop& used) : loop(used), emptied(used) {}
  EventLoop& loop;
  bool closed = false;
  std::list<std::shared_ptr<Member>> running;
  Condition emptied;
};

TaskGroup::TaskGroup(EventLoop& loop) : state_(std::make_unique<State>(loop)) {}

TaskGroup::~TaskGroup() {
  CLOISTER_CHECK(state_->running.empty());
}

bool TaskGroup::spawn(Task<> task) {
  if (state_->closed) return false;
  auto member = std::make_shared<Member>();
  auto place = state_->running.insert(state_->running.end(), member);
  // The handler keeps the member alive: its slot is used until the task has ended.
  auto ended = [state = state_.get(), member, place](const std::exception_ptr& stray) {
    state->running.erase(place);
    judge(stray);
    if (state->running.empty()) state->emptied.notify_all();
  };
  asio::co_spawn(state_->loop.state().context, run_member(member, std::move(task)),
                 asio::bind_cancellation_slot(member->signal.slot(), std::move(ended)));
  return true;
}

std::size_t TaskGroup::size() const {
  return state_->running.size();
}

Task<> TaskGroup::stop() {
  state_->closed = true;
  std::vector<std::shared_ptr<Member>> members(state_->running.begin(), state_->running.end());
  for (const auto& member : members) {
    if (member->started)
      member->signal.emit(asio::cancellation_type::terminal);
    else
      member->refused = true;
  }
  // Being cancelled meanwhile does not shorten the wait: nothing of the group may outlive stop().
  while (!state_->running.empty()) co_await state_->emptied.wait_uncancelled();
}

Task<base::Outcome> TaskGroup::wait(Deadline deadline) {
  while (!state_->running.empty()) {
    base::Outcome waited = co_await state_->emptied.wait(deadline);
    if (!waited) co_return waited;
  }
  co_return base::Outcome{};
}

}  // namespace cloister::io
