// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include "cloister/api/commands.hpp"
#include "cloister/app/errors.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/file_lock.hpp"

#include "control_protocol.hpp"

#include <fmt/format.h>

namespace cloister::app {

using std::chrono::seconds;

std::optional<io::Descriptor> connect_to_server(const io::Path& home) {
  auto connection = io::connect_to((home / "run/control.sock").native());
  if (!connection) return std::nullopt;
  return std::move(*connection);
}

base::Result<api::Reply> run_through_server(io::Descriptor connection, api::Call call,
                                            const api::Listener& listener) {
  io::FrameSocket socket(std::move(connection));
  std::stop_callback give_up(listener.stop, [&] { socket.shut_down(); });
  CLOISTER_TRY_DO(socket.send(encode_call(std::move(call)), io::deadline_in(seconds(30))));
  for (;;) {
    // A command may take hours; the server says when it is done, and its end closes the connection.
    auto frame = socket.receive(io::no_deadline);
    if (!frame && listener.stop.stop_requested()) return base::fail(errors::cancelled, "cancelled");
    if (!frame)
      return base::fail(errors::no_server, "the server ended before it answered",
                        "what it had acknowledged is kept; run the command again");
    CLOISTER_TRY(Received received, decode_received(std::move(*frame)));
    if (received.kind == Received::Kind::progress) {
      listener.progress(received.progress.what, received.progress.done, received.progress.total);
    } else if (received.kind == Received::Kind::item) {
      listener.item(received.item);
    } else {
      return std::move(received.reply);
    }
  }
}

base::Result<api::Reply> run_on_home(vault::Services services, const io::Path& home, api::Call call,
                                     const api::Listener& listener) {
  const api::Command* command = api::find_command(call.verb);
  if (command == nullptr)
    return base::fail(errors::usage, fmt::format("there is no command '{}'", call.verb));
  if (!io::exists(home / "home.json"))
    return base::fail(errors::home_missing, fmt::format("there is no home at {}", home.native()),
                      "`cloister init` makes one; --home or CLOISTER_HOME names another");
  bool read_only = command->access == api::Access::read_only;
  auto lock = io::FileLock::take(home / "run/home.lock", io::deadline_in(seconds(10)));
  if (!lock && lock.error().is(io::errors::busy))
    return base::fail(errors::home_busy, "another process works on this home",
                      "wait until it is done, or run commands through `cloister serve`");
  if (!lock) return std::unexpected(lock.error());
  CLOISTER_TRY(auto studio, api::Studio::open(services, home,
                                              read_only ? api::Studio::Mode::read_only
                                                        : api::Studio::Mode::read_write));
  return api::execute(*studio, call, listener);
}

}  // namespace cloister::app
