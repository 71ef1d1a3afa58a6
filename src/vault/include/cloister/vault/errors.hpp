// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::vault::errors {

using base::Code;
using base::Kind;

inline constexpr Code not_a_home{"vault.not-a-home", Kind::missing};
inline constexpr Code not_empty{"vault.not-empty", Kind::failed};  // init into a used folder
inline constexpr Code read_only{"vault.read-only", Kind::failed};
inline constexpr Code locked{"vault.locked", Kind::locked};
inline constexpr Code wrong_passphrase{"vault.wrong-passphrase", Kind::locked};
inline constexpr Code bad_passphrase{"vault.bad-passphrase", Kind::usage};  // empty or too long
inline constexpr Code damaged{"vault.damaged", Kind::integrity};
inline constexpr Code rolled_back{"vault.rolled-back",
                                  Kind::integrity};  // an older state came back
inline constexpr Code bad_name{"vault.bad-name", Kind::usage};
inline constexpr Code dataset_not_found{"vault.dataset-not-found", Kind::failed};
inline constexpr Code dataset_destroyed{"vault.dataset-destroyed", Kind::failed};
inline constexpr Code dataset_exists{"vault.dataset-exists", Kind::failed};
inline constexpr Code dataset_busy{"vault.dataset-busy", Kind::failed};  // an import runs on it
inline constexpr Code unfinished_draft{"vault.unfinished-draft", Kind::failed};
inline constexpr Code too_large{"vault.too-large", Kind::failed};  // over a limit of a format

}  // namespace cloister::vault::errors
