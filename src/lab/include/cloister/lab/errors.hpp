// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::lab::errors {

using base::Code;
using base::Kind;

inline constexpr Code not_found{"lab.not-found", Kind::missing};
inline constexpr Code bad_request{"lab.bad-request", Kind::usage};
inline constexpr Code incomplete{"lab.incomplete",
                                 Kind::missing};  // the front end is not installed

}  // namespace cloister::lab::errors
