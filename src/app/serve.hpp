// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/vault/home.hpp"

#include "command_line.hpp"
#include "interruption.hpp"

namespace cloister::app {

// `cloister serve`: holds the home, answers commands on run/control.sock until SIGTERM. Returns the
// exit code.
int serve(const ParsedLine& line, vault::Services services, Interruption& interruption);
// The same on a given home, with its passphrase at hand.
int serve(const ParsedLine& line, vault::Services services, Interruption& interruption,
          const io::Path& home, base::SecretBytes passphrase);

}  // namespace cloister::app
