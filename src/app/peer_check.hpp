// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

namespace cloister::app {

// Who may speak on the control socket: a process of our own user, in our own user and pid
// namespace. SECURITY: code in a cell is refused even if the socket were passed to it (test:
// test_peer_of_another_namespace_is_refused).
base::Outcome check_peer(const io::Descriptor& connection);

}  // namespace cloister::app
