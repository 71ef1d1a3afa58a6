// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/event_loop.hpp"

#include "cloister/base/check.hpp"

#include "event_loop_state.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <future>

namespace cloister::io {

EventLoop::EventLoop(EventLoopOptions options) : state_(std::make_unique<State>(options)) {}

EventLoop::~EventLoop() {
  stop();
}

void EventLoop::start() {
  CLOISTER_CHECK(!state_->thread.joinable());
  state_->thread = std::thread([this] { run(); });
}

void EventLoop::run() {
  state_->context.run();
}

void EventLoop::run_ready() {
  CLOISTER_CHECK(!state_->thread.joinable());
  state_->context.restart();
  state_->context.poll();
}

void EventLoop::stop() {
  state_->context.stop();
  if (state_->thread.get_id() == std::this_thread::get_id()) return;
  if (state_->thread.joinable()) state_->thread.join();
  if (!state_->context.get_executor().running_in_this_thread()) state_->pool.join();
}

void EventLoop::post(std::move_only_function<void()> work) {
  asio::post(state_->context, std::move(work));
}

Deadline EventLoop::now() const {
  if (!state_->manual_time) return std::chrono::steady_clock::now();
  return Deadline(std::chrono::steady_clock::duration(state_->manual_now));
}

void EventLoop::advance(std::chrono::milliseconds by) {
  CLOISTER_CHECK(state_->manual_time);
  state_->manual_now += std::chrono::steady_clock::duration(by).count();
  for (const auto& [deadline, timer] : state_->manual_timers) {
    if (deadline > now()) break;
    timer->expires_at(Deadline::min());
  }
}

void run_task(EventLoop& loop, Task<> task) {
  asio::io_context& context = loop.state().context;
  CLOISTER_CHECK(!context.get_executor().running_in_this_thread());
  std::promise<void> ended;
  auto end = ended.get_future();
  bool done = false;
  asio::co_spawn(context, without_throwing(std::move(task)),
                 [&ended, &done](std::exception_ptr stray) {
                   done = true;
                   stray ? ended.set_exception(stray) : ended.set_value();
                 });
  if (!loop.state().thread.joinable()) {
    context.restart();
    while (!done && context.run_one() > 0) {
    }
    CLOISTER_CHECK(done);
  }
  end.get();
}

}  // namespace cloister::io
