// SPDX-License-Identifier: Apache-2.0
#include "cloister/app/main.hpp"

#include "cloister/api/commands.hpp"
#include "cloister/app/errors.hpp"
#include "cloister/base/log.hpp"

#include "call_builder.hpp"
#include "help.hpp"
#include "initialise.hpp"
#include "interruption.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "remove_source.hpp"
#include "runner.hpp"
#include "selftest.hpp"
#include "serve.hpp"
#include "settings.hpp"
#include "tour.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#ifndef CLOISTER_VERSION
#error "the build names the version"
#endif

namespace cloister::app {
namespace {

// Keys live in this process: no core dump, no reading by others of the same user.
void harden_process() {
  umask(077);
  rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  ::signal(SIGPIPE, SIG_IGN);
}

// Asks for the passphrase only where the command cannot do without and nobody gave it.
base::Outcome complete_passphrase(const ParsedLine& line, api::Call& call, bool through_server) {
  CLOISTER_TRY(call.passphrase, given_passphrase(line));
  const api::Command* command = api::find_command(call.verb);
  bool needed =
      command != nullptr && (command->access == api::Access::authority || call.verb == "unlock" ||
                             (!through_server && command->access != api::Access::locked));
  if (!call.passphrase.empty() || !needed || line.find("passphrase_file") != nullptr) return {};
  CLOISTER_TRY(call.passphrase, ask_passphrase("passphrase", false));
  return {};
}

int run_command(const ParsedLine& line, vault::Services services, Interruption& interruption) {
  io::Path home = home_folder(line);
  auto call = build_call(line);
  if (!call) return print_error(line, call.error());
  auto server = connect_to_server(home);
  if (auto ready = complete_passphrase(line, *call, server.has_value()); !ready)
    return print_error(line, ready.error());
  ProgressDisplay display(services.clock, line.has("quiet"));
  api::Listener listener{.progress = [&](std::string_view what, std::uint64_t done,
                                         std::uint64_t total) { display.show(what, done, total); },
                         .item = [&](const boost::json::object& item) { print_item(line, item); },
                         .stop = interruption.token()};
  auto source = SourceToRemove::from(line);
  if (!source) return print_error(line, source.error());
  auto reply = server ? run_through_server(std::move(*server), std::move(*call), listener)
                      : run_on_home(services, home, std::move(*call), listener);
  display.clear();
  if (!reply && interruption.requested() && line.command->verb == "watch") return 0;
  if (!reply) return print_error(line, reply.error());
  boost::json::object result = reply->result;
  int code = print_reply(line, std::move(*reply));
  if (code != 0 || line.command->verb != "data import") return code;
  return source->finish(line, result);
}

int dispatch(const ParsedLine& line, vault::Services services) {
  if (line.version) {
    write_output(fmt::format("cloister {}\n", CLOISTER_VERSION));
    return 0;
  }
  if (line.help) {
    write_output(help_text(line.help_prefix));
    return 0;
  }
  std::string_view verb = line.command->verb;
  if (verb == "completion") {
    std::string script = completion_script(*line.find("shell"));
    if (script.empty())
      return print_error(line,
                         base::Error(errors::usage, "completions exist for bash, zsh and fish"));
    write_output(script);
    return 0;
  }
  if (verb == "init") return initialise(line, services);
  if (verb == "selftest") return selftest(line);  // before the first thread
  Interruption interruption;
  if (verb == "serve") return serve(line, services, interruption);
  if (verb == "tour") return tour(line, services, interruption);
  return run_command(line, services, interruption);
}

}  // namespace

int run_program(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  io::SystemDisk disk;
  base::SystemClock clock;
  base::SystemRandom random;
  vault::Services services{.disk = disk, .clock = clock, .random = random};
  auto line = parse_line(arguments);
  if (!line) {
    // --json is honoured although the line could not be parsed.
    ParsedLine unparsed;
    if (std::ranges::find(arguments, "--json") != arguments.end()) unparsed.values["json"] = {};
    return print_error(unparsed, line.error());
  }
  // The self-test holds no keys, and its probes and controls need an ordinary process: core dumps,
  // its own /proc.
  bool holds_keys = line->command == nullptr || line->command->verb != "selftest";
  if (holds_keys) harden_process();
  if (line->has("quiet")) base::set_log_level(base::LogLevel::quiet);
  return dispatch(*line, services);
}

}  // namespace cloister::app
