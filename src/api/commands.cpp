// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/commands.hpp"

#include "cloister/api/errors.hpp"

#include "handlers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloister::api {
namespace {

constexpr std::array table{
    Command{"status", Access::locked, status},
    Command{"unlock", Access::locked, unlock},
    Command{"lock", Access::locked, lock},
    Command{"passwd", Access::authority, change_passphrase},
    Command{"run", Access::unlocked, run},
    Command{"watch", Access::unlocked, watch},
    Command{"posture", Access::unlocked, posture},
    Command{"kernels list", Access::unlocked, kernels_list},
    Command{"kernels grant", Access::authority, kernels_grant},
    Command{"kernels revoke", Access::unlocked, kernels_revoke},
    Command{"data import", Access::unlocked, data_import},
    Command{"data list", Access::unlocked, data_list},
    Command{"data show", Access::unlocked, data_show},
    Command{"data versions", Access::unlocked, data_versions},
    Command{"data query", Access::unlocked, data_query},
    Command{"data verify", Access::read_only, data_verify},
    Command{"data rm", Access::unlocked, data_remove},
    Command{"data shred", Access::unlocked, data_shred},
    Command{"data rename", Access::unlocked, data_rename},
    Command{"ledger show", Access::unlocked, ledger_show},
    Command{"ledger verify", Access::read_only, ledger_verify},
    Command{"ledger checkpoint", Access::read_only, ledger_checkpoint},
    Command{"ledger prove", Access::read_only, ledger_prove},
    Command{"ledger export", Access::unlocked, ledger_export},
};

base::Outcome open_keys(Studio& studio, const Command& command, const Call& call) {
  if (command.access == Access::locked) return {};
  if (!studio.home().unlocked()) {
    if (call.passphrase.empty())
      return base::fail(errors::locked, "the vault is locked",
                        "run `cloister unlock`, or give --passphrase-file");
    return studio.unlock(call.passphrase, call.verb);
  }
  if (command.access != Access::authority) return {};
  if (call.passphrase.empty())
    return base::fail(errors::passphrase_needed, "this command asks for the passphrase again",
                      "give --passphrase-file, or type it at the prompt");
  return studio.home().check_passphrase(call.passphrase);
}

// Every failure is an entry, too. Its code only: a message could quote what the caller typed.
void record_failure(Studio& studio, const Command& command, const base::Error& error,
                    const std::string& purpose) {
  if (command.access == Access::read_only || error.is(errors::denied)) return;
  (void)studio.record({.kind = "failure",
                       .who = {},
                       .dataset = {},
                       .purpose = purpose,
                       .decision = {},
                       .detail = {{"command", command.verb}, {"code", error.code}}},
                      studio.owner());
}

}  // namespace

std::span<const Command> commands() {
  return table;
}

const Command* find_command(std::string_view verb) {
  auto found = std::ranges::find(table, verb, &Command::verb);
  return found == table.end() ? nullptr : &*found;
}

base::Result<Reply> execute(Studio& studio, Call& call, const Listener& listener) {
  const Command* command = find_command(call.verb);
  if (command == nullptr)
    return base::fail(errors::unknown_command, fmt::format("there is no command '{}'", call.verb),
                      "`cloister --help` lists them");
  CLOISTER_TRY_DO(open_keys(studio, *command, call));
  base::Result<Reply> reply = command->run(studio, call, listener);
  if (!reply) record_failure(studio, *command, reply.error(), call.purpose);
  if (command->access != Access::read_only && studio.home().unlocked()) {
    base::Outcome finished = studio.home().finish();
    if (reply && !finished) return std::unexpected(finished.error());
  }
  return reply;
}

}  // namespace cloister::api
