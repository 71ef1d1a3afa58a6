// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/task_group.hpp"

#include "cloister/base/check.hpp"
#include "cloister/base/log.hpp"
#include "cloister/io/condition.hpp"

#include "event_loop_state.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <list>
#include <vector>

namespace cloister::io {
namespace {

using Signal = std::shared_ptr<asio::cancellation_signal>;

// A task that is cancelled before its first step ends with Asio's own exception.
bool is_cancellation(const std::exception_ptr& stray) {
  try {
    std::rethrow_exception(stray);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

void judge(const std::exception_ptr& stray) {
  if (!stray || is_cancellation(stray)) return;
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
  std::list<Signal> running;
  Condition emptied;
};

TaskGroup::TaskGroup(EventLoop& loop) : state_(std::make_unique<State>(loop)) {}

TaskGroup::~TaskGroup() {
  CLOISTER_CHECK(state_->running.empty());
}

bool TaskGroup::spawn(Task<> task) {
  if (state_->closed) return false;
  auto signal = std::make_shared<asio::cancellation_signal>();
  auto place = state_->running.insert(state_->running.end(), signal);
  // The handler keeps the signal alive: its slot is used until the task has ended.
  auto ended = [state = state_.get(), signal, place](const std::exception_ptr& stray) {
    state->running.erase(place);
    judge(stray);
    if (state->running.empty()) state->emptied.notify_all();
  };
  asio::co_spawn(state_->loop.state().context, without_throwing(std::move(task)),
                 asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
  return true;
}

std::size_t TaskGroup::size() const {
  return state_->running.size();
}

Task<> TaskGroup::stop() {
  state_->closed = true;
  std::vector<Signal> signals(state_->running.begin(), state_->running.end());
  for (const Signal& signal : signals) signal->emit(asio::cancellation_type::terminal);
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
