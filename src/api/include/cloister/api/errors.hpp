// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::api::errors {

using base::Code;
using base::Kind;

inline constexpr Code unknown_command{"app.unknown-command", Kind::usage};
inline constexpr Code bad_parameter{"app.bad-parameter", Kind::usage};
inline constexpr Code locked{"vault.locked", Kind::locked};
inline constexpr Code passphrase_needed{"app.passphrase-needed", Kind::locked};
inline constexpr Code denied{"policy.denied", Kind::denied};
inline constexpr Code not_read_only{"policy.not-read-only", Kind::denied};
inline constexpr Code no_kernel{"kernels.no-such-kernel", Kind::failed};
inline constexpr Code cancelled{"app.cancelled", Kind::cancelled};
inline constexpr Code damage_found{"vault.damaged", Kind::integrity};
inline constexpr Code ledger_damaged{"ledger.damaged", Kind::integrity};

}  // namespace cloister::api::errors
