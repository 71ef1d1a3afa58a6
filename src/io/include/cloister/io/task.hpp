// SPDX-License-Identifier: Apache-2.0
// Coroutines: the one header through which other modules see Asio.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace cloister::io {

// A coroutine on an EventLoop's thread. It runs when it is awaited or spawned into a TaskGroup.
// Rules: parameters by value; errors as values (Task<Result<T>>); nothing thrown; whatever `this`
// or a reference names outlives it. Being cancelled is a value too: the wait in progress, and every
// later one, returns io.cancelled, so cleaning up is ordinary code after the wait.
template <typename T = void>
using Task = boost::asio::awaitable<T>;

// Whether somebody cancelled the task in which this is awaited. For loops that do not wait.
Task<bool> is_cancelled();

}  // namespace cloister::io
