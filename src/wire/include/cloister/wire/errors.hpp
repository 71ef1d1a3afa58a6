// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::wire::errors {

inline constexpr base::Code bad_json{"wire.bad-json", base::Kind::failed};
inline constexpr base::Code bad_message{"wire.bad-message", base::Kind::failed};

}  // namespace cloister::wire::errors
