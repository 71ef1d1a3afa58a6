// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include "cloister/api/studio.hpp"
#include "cloister/app/errors.hpp"
#include "cloister/base/log.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/file_lock.hpp"

#include "control_server.hpp"
#include "output.hpp"
#include "runner.hpp"
#include "settings.hpp"
#include "web_front.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <future>

namespace cloister::app {
namespace {

using std::chrono::seconds;

constexpr unsigned command_threads = 16;

// The first line on standard output (interfaces.md, `serve`).
void announce(const WebFront& front, const io::Path& home) {
  boost::json::object line = front.announcement();
  line["pid"] = getpid();
  line["home"] = home.native();
  write_output(boost::json::serialize(line) + "\n");
}

base::Result<io::FileLock> lock_home(const io::Path& home) {
  if (!io::exists(home / "home.json"))
    return base::fail(errors::home_missing, fmt::format("there is no home at {}", home.native()),
                      "`cloister init` makes one");
  auto lock = io::FileLock::take(home / "run/home.lock", io::deadline_in(seconds(10)));
  if (!lock && lock.error().is(io::errors::busy))
    return base::fail(errors::home_busy, "another process works on this home",
                      "wait until it is done, or stop it");
  return lock;
}

// Unlocks beside the accept loop: deriving the key takes a moment, and status answers meanwhile.
void unlock_in_background(io::EventLoop& loop, io::TaskGroup& tasks, api::Studio& studio,
                          base::SecretBytes passphrase) {
  auto unlock = [](io::EventLoop& on, api::Studio& target, base::SecretBytes secret) -> io::Task<> {
    auto work = [&] { return target.unlock(secret, "serve"); };
    base::Outcome done = co_await io::run_blocking(on, std::move(work));
    base::log_info(done ? std::string("the vault is unlocked")
                        : fmt::format("cloister: {}: {}", done.error().code, done.error().message));
  };
  tasks.spawn(unlock(loop, studio, std::move(passphrase)));
}

void wait_for_stop(std::stop_token stop) {
  std::promise<void> asked;
  std::stop_callback callback(stop, [&] { asked.set_value(); });
  asked.get_future().wait();
}

base::Outcome serve_home(vault::Services services, Interruption& interruption, const io::Path& home,
                         base::SecretBytes passphrase, WebOptions web) {
  CLOISTER_TRY(io::FileLock lock, lock_home(home));
  CLOISTER_TRY(auto studio, api::Studio::open(services, home, api::Studio::Mode::read_write));
  io::Path socket = home / "run/control.sock";
  CLOISTER_TRY(io::Descriptor listener, io::listen_at(socket.native(), 0600));
  io::EventLoop loop({.blocking_threads = command_threads});
  ControlServer server(loop, *studio);
  io::TaskGroup background(loop);
  server.start(std::move(listener));
  CLOISTER_TRY(auto front, WebFront::start(loop, *studio, std::move(web),
                                           [&interruption] { interruption.request(); }));
  if (!passphrase.empty()) unlock_in_background(loop, background, *studio, std::move(passphrase));
  loop.start();
  announce(*front, home);
  wait_for_stop(interruption.token());
  // No new client first; then what runs is cancelled and waited for; then the keys go.
  (void)services.disk.remove(socket);
  io::run_task(loop, front->stop());
  io::run_task(loop, server.stop());
  io::run_task(loop, background.stop());
  base::Outcome finished = studio->home().unlocked() ? studio->home().finish() : base::Outcome{};
  studio->lock();
  loop.stop();
  return finished;
}

}  // namespace

int serve(const ParsedLine& line, vault::Services services, Interruption& interruption,
          const io::Path& home, base::SecretBytes passphrase) {
  auto web = web_options(line, services);
  if (!web) return print_error(line, web.error());
  base::Outcome done =
      serve_home(services, interruption, home, std::move(passphrase), std::move(*web));
  return done ? 0 : print_error(line, done.error());
}

int serve(const ParsedLine& line, vault::Services services, Interruption& interruption) {
  auto passphrase = given_passphrase(line);
  if (!passphrase) return print_error(line, passphrase.error());
  return serve(line, services, interruption, home_folder(line), std::move(*passphrase));
}

}  // namespace cloister::app
