// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::ledger::errors {

using base::Code;
using base::Kind;

// Bytes that are not what was written: changed, cut, added, missing, or of an earlier state.
inline constexpr Code damaged{"ledger.damaged", Kind::integrity};
inline constexpr Code exists{"ledger.exists", Kind::failed};         // create over a ledger
inline constexpr Code bad_entry{"ledger.bad-entry", Kind::failed};   // too large, or not text
inline constexpr Code bad_note{"ledger.bad-note", Kind::integrity};  // not a signed note of ours
inline constexpr Code bad_checkpoint{"ledger.bad-checkpoint", Kind::usage};  // given to --against
inline constexpr Code read_only{"ledger.read-only", Kind::failed};
inline constexpr Code wrong_key{"ledger.wrong-key", Kind::failed};  // not this epoch's key
inline constexpr Code no_such_entry{"ledger.no-such-entry", Kind::failed};
inline constexpr Code not_checkpointed{"ledger.not-checkpointed", Kind::failed};

}  // namespace cloister::ledger::errors
