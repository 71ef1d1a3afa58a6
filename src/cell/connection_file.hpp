// SPDX-License-Identifier: Apache-2.0
// The file by which a kernel learns where to bind and which key to sign with.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/cell/kernel.hpp"
#include "cloister/wire/jupyter_message.hpp"

#include <string>

namespace cloister::cell {

struct ConnectionFile {
  GivenFile file;
  base::SecretBytes key;  // the bytes that messages are signed with
};
ConnectionFile make_connection_file(const std::string& kernel_name, base::Random& random);

// Where the kernel binds a channel, in the cell.
std::string socket_path(wire::Channel channel);

}  // namespace cloister::cell
