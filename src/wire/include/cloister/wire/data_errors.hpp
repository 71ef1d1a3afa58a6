// SPDX-License-Identifier: Apache-2.0
// Codes that a data worker reports; they cross the process border by name and kind.
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::wire::data_errors {

using base::Code;
using base::Kind;

inline constexpr Code bad_row{"data.bad-row", Kind::failed};  // names line and column
inline constexpr Code not_a_table{"data.not-a-table", Kind::failed};
inline constexpr Code empty{"data.empty", Kind::failed};
inline constexpr Code bad_type{"data.bad-type", Kind::usage};  // --types names what is not there
inline constexpr Code columns_differ{"data.columns-differ", Kind::failed};  // --append
inline constexpr Code sql{"data.sql", Kind::failed};  // the statement itself is wrong
inline constexpr Code not_read_only{"data.not-read-only", Kind::denied};
inline constexpr Code too_large{"data.result-too-large", Kind::failed};
inline constexpr Code out_of_memory{"data.out-of-memory", Kind::failed};
inline constexpr Code no_space{"data.no-space", Kind::failed};  // the disk of the home is full
inline constexpr Code integrity{"data.integrity", Kind::integrity};
inline constexpr Code cancelled{"data.cancelled", Kind::cancelled};
inline constexpr Code engine{"data.engine", Kind::failed};  // the engine failed in another way
inline constexpr Code worker_died{"data.worker-died", Kind::failed};

}  // namespace cloister::wire::data_errors
