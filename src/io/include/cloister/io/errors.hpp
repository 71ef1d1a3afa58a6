// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::io::errors {

using base::Code;
using base::Kind;

inline constexpr Code system{"io.system", Kind::failed};          // a system call failed
inline constexpr Code not_found{"io.not-found", Kind::failed};    // no such file or folder
inline constexpr Code exists{"io.exists", Kind::failed};          // something is there already
inline constexpr Code no_space{"io.no-space", Kind::failed};      // the disk is full
inline constexpr Code too_large{"io.too-large", Kind::failed};    // longer than its limit
inline constexpr Code timeout{"io.timeout", Kind::failed};        // a deadline passed
inline constexpr Code closed{"io.closed", Kind::failed};          // the other side is gone
inline constexpr Code bad_frame{"io.bad-frame", Kind::failed};    // not a frame, or over a limit
inline constexpr Code busy{"io.busy", Kind::failed};              // somebody else holds the lock
inline constexpr Code not_sealed{"io.not-sealed", Kind::denied};  // a memfd that could still change
// A bounded queue has no room for the item.
inline constexpr Code queue_full{"io.queue-full", Kind::failed};
inline constexpr Code cancelled{"io.cancelled", Kind::cancelled};

}  // namespace cloister::io::errors
