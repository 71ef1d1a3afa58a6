// SPDX-License-Identifier: Apache-2.0
// The waits that all tasks are made of.
#include "cloister/base/check.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/event_loop.hpp"

#include "event_loop_state.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

namespace cloister::io {
namespace {

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

std::unexpected<base::Error> was_late() {
  return base::fail(errors::timeout, "nothing happened in time");
}

Task<base::Outcome> wait_on_copy(EventLoop& loop, int descriptor,
                                 asio::posix::stream_descriptor::wait_type what,
                                 Deadline deadline) {
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) co_return base::fail_errno(errors::system, "cannot wait on a descriptor", errno);
  asio::posix::stream_descriptor stream(loop.state().context);
  boost::system::error_code error;
  if (stream.assign(copy, error)) {
    ::close(copy);
    co_return base::fail_errno(errors::system, "cannot wait on a descriptor", error.value());
  }
  co_return co_await wait_ready(loop, stream, what, deadline);
}

}  // namespace

LoopTimer::LoopTimer(EventLoop& loop, Deadline deadline)
    : loop_(loop), deadline_(deadline), timer_(loop.state().context) {
  EventLoop::State& state = loop.state();
  if (!state.manual_time) {
    timer_.expires_at(deadline);
  } else if (due()) {
    timer_.expires_at(Deadline::min());
  } else {
    timer_.expires_at(no_deadline);
    if (deadline != no_deadline) state.manual_timers.emplace(deadline, &timer_);
  }
}

LoopTimer::~LoopTimer() {
  auto [first, last] = loop_.state().manual_timers.equal_range(deadline_);
  for (auto it = first; it != last; ++it) {
    if (it->second != &timer_) continue;
    loop_.state().manual_timers.erase(it);
    return;
  }
}

Task<bool> is_cancelled() {
  asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Task<> without_throwing(Task<> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  if (co_await is_cancelled()) co_return;
  co_await std::move(task);
}

Task<base::Outcome> sleep_until(EventLoop& loop, Deadline deadline) {
  if (co_await is_cancelled()) co_return was_cancelled();
  LoopTimer timer(loop, deadline);
  co_await timer.timer().async_wait(as_value);
  if (co_await is_cancelled()) co_return was_cancelled();
  CLOISTER_CHECK(timer.due());
  co_return base::Outcome{};
}

Task<base::Outcome> wait_ready(EventLoop& loop, asio::posix::stream_descriptor& stream,
                               asio::posix::stream_descriptor::wait_type what, Deadline deadline) {
  if (co_await is_cancelled()) co_return was_cancelled();
  boost::system::error_code error;
  if (deadline == no_deadline) {
    auto ended = co_await stream.async_wait(what, as_value);
    error = std::get<0>(ended);
  } else {
    LoopTimer timer(loop, deadline);
    auto first = asio::experimental::make_parallel_group(stream.async_wait(what, asio::deferred),
                                                         timer.timer().async_wait(asio::deferred));
    auto ended = co_await first.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    error = std::get<1>(ended);
    if (error && timer.due() && !co_await is_cancelled()) co_return was_late();
  }
  if (!error) co_return base::Outcome{};
  if (co_await is_cancelled()) co_return was_cancelled();
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
    co_return base::fail(errors::closed, "the connection was closed");
  co_return base::fail_errno(errors::system, "cannot wait on a descriptor", error.value());
}

Task<base::Outcome> wait_readable(EventLoop& loop, int descriptor, Deadline deadline) {
  return wait_on_copy(loop, descriptor, asio::posix::stream_descriptor::wait_read, deadline);
}

Task<base::Outcome> wait_writable(EventLoop& loop, int descriptor, Deadline deadline) {
  return wait_on_copy(loop, descriptor, asio::posix::stream_descriptor::wait_write, deadline);
}

Task<base::Result<std::optional<Exit>>> wait_for_exit(EventLoop& loop, Process& process,
                                                      Deadline deadline) {
  base::Outcome ended = co_await wait_readable(loop, process.pidfd().number(), deadline);
  if (!ended && ended.error().is(errors::timeout)) co_return std::nullopt;
  if (!ended) co_return std::unexpected(std::move(ended).error());
  co_return process.wait(std::chrono::steady_clock::now());  // has ended: this only reaps
}

base::Result<Descriptor> open_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals) sigaddset(&set, signal);
  int error = pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (error != 0) return base::fail_errno(errors::system, "cannot block signals", error);
  int number = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (number < 0) return base::fail_errno(errors::system, "cannot watch signals", errno);
  return Descriptor(number);
}

Task<base::Result<int>> next_signal(EventLoop& loop, const Descriptor& signals, Deadline deadline) {
  for (;;) {
    signalfd_siginfo info{};
    if (::read(signals.number(), &info, sizeof info) == sizeof info)
      co_return static_cast<int>(info.ssi_signo);
    if (errno != EAGAIN && errno != EINTR)
      co_return base::fail_errno(errors::system, "cannot read a signal", errno);
    base::Outcome ready = co_await wait_readable(loop, signals.number(), deadline);
    if (!ready) co_return std::unexpected(std::move(ready).error());
  }
}

Task<> run_on_pool(EventLoop& loop, std::move_only_function<void()> work) {
  std::exception_ptr stray;
  // The handler takes no part in cancellation, so the wait ends when the call has returned.
  auto start = [&loop, &work, &stray](auto handler) {
    asio::post(loop.state().pool, [&loop, &work, &stray, handler = std::move(handler)]() mutable {
      try {
        work();
      } catch (...) {
        stray = std::current_exception();
      }
      asio::post(loop.state().context, std::move(handler));
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
  if (stray) std::rethrow_exception(stray);
}

Task<bool> run_until(EventLoop& loop, Task<> work, Deadline deadline) {
  if (co_await is_cancelled()) co_return false;
  LoopTimer timer(loop, deadline);
  auto first = asio::experimental::make_parallel_group(
      asio::co_spawn(loop.state().context, without_throwing(std::move(work)), asio::deferred),
      timer.timer().async_wait(asio::deferred));
  auto ended = co_await first.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const auto& [order, stray, ignored] = ended;
  if (stray) std::rethrow_exception(stray);
  co_return order[0] == 1 && timer.due();
}

}  // namespace cloister::io
