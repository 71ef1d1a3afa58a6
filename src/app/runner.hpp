// SPDX-License-Identifier: Apache-2.0
// Runs a call: through the server that holds the home, or on the home itself.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/vault/home.hpp"

#include "command_line.hpp"

#include <optional>

namespace cloister::app {

// Connects to the server of this home; nothing when none runs.
std::optional<io::Descriptor> connect_to_server(const io::Path& home);

// Sends the call, shows progress, returns the reply. When the listener's stop is requested, the
// connection is closed and the server cancels the command.
base::Result<api::Reply> run_through_server(io::Descriptor connection, api::Call call,
                                            const api::Listener& listener);

// Opens the home with an exclusive lock (waits 10 s, then app.home-busy), runs the call, closes it.
base::Result<api::Reply> run_on_home(vault::Services services, const io::Path& home, api::Call call,
                                     const api::Listener& listener);

}  // namespace cloister::app
