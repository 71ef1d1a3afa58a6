// SPDX-License-Identifier: Apache-2.0
// All commands that work on a home, and what each needs of it.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/api/studio.hpp"

#include <span>
#include <string_view>

namespace cloister::api {

enum class Access {
  locked,     // works on a locked home
  unlocked,   // needs the keys
  read_only,  // needs the keys and changes no byte: verifying commands
  authority,  // needs the keys and the passphrase again, also through a server
};

struct Command {
  std::string_view verb;
  Access access;
  base::Result<Reply> (*run)(Studio&, Call&, const Listener&);
};

std::span<const Command> commands();
const Command* find_command(std::string_view verb);

// Runs one command: checks its access, runs it, records a failure, and closes with a checkpoint.
// Thread-safe. SECURITY: a verb that is not in the table is refused (test:
// Execute.RefusesUnknownVerbs), a command that needs the keys does not run on a locked home (test:
// Execute.LockedHomeRunsNothingThatNeedsKeys).
base::Result<Reply> execute(Studio& studio, Call& call, const Listener& listener);

}  // namespace cloister::api
