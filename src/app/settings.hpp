// SPDX-License-Identifier: Apache-2.0
// Where things come from before a command runs: the home, the passphrase, the terminal.
#pragma once

#include "cloister/base/secret.hpp"
#include "cloister/io/disk.hpp"

#include "command_line.hpp"

#include <string>

namespace cloister::app {

// --home, else CLOISTER_HOME, else $XDG_DATA_HOME/cloister, else ~/.local/share/cloister. Absolute.
io::Path home_folder(const ParsedLine& line);

// --passphrase-file (`-`: standard input), else CLOISTER_PASSPHRASE_FILE. Empty when neither is
// given. One trailing line end is not part of the passphrase.
base::Result<base::SecretBytes> given_passphrase(const ParsedLine& line);
// Asks at the terminal, without echo; app.no-passphrase where there is none. With `twice` it is
// asked again and must agree.
base::Result<base::SecretBytes> ask_passphrase(std::string_view prompt, bool twice);

bool is_terminal(int descriptor);
std::size_t terminal_columns();
std::string login_name();

}  // namespace cloister::app
