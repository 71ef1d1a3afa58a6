// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::cell::errors {

using base::Code;
using base::Kind;

inline constexpr Code bad_specification{"cell.bad-specification", Kind::usage};
inline constexpr Code bubblewrap_missing{"cell.bubblewrap-missing", Kind::missing};
inline constexpr Code program_missing{"cell.program-missing", Kind::missing};  // of ours
// Without these two there is no wall: a cell refuses to start.
inline constexpr Code no_user_namespaces{"cell.no-user-namespaces", Kind::missing};
inline constexpr Code no_network_namespace{"cell.no-network-namespace", Kind::missing};
inline constexpr Code no_seccomp{"cell.no-seccomp", Kind::missing};
inline constexpr Code setup_failed{"cell.setup-failed", Kind::failed};
inline constexpr Code not_executable{"cell.not-executable", Kind::failed};  // the payload
inline constexpr Code supervisor_gone{"cell.supervisor-gone", Kind::failed};
inline constexpr Code cgroup{"cell.cgroup", Kind::failed};
inline constexpr Code filter{"cell.filter", Kind::failed};  // the seccomp filter cannot be built
inline constexpr Code bad_question{"cell.bad-question", Kind::failed};  // of DNS

// Kernels and their journal.
inline constexpr Code bad_attach{"cell.bad-attach", Kind::failed};  // neither order nor event
inline constexpr Code kernel_socket{"cell.kernel-socket", Kind::failed};
inline constexpr Code kernel_busy{"cell.kernel-busy", Kind::failed};  // takes no more messages
inline constexpr Code kernel_ended{"cell.kernel-ended", Kind::failed};
inline constexpr Code journal{"cell.journal", Kind::integrity};  // a record is not what was written

inline constexpr Code selftest{"cell.selftest", Kind::failed};  // it could not be run
inline constexpr Code no_such_probe{"cell.no-such-probe", Kind::usage};

}  // namespace cloister::cell::errors
