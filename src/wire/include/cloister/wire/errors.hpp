// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::wire::errors {

inline constexpr base::Code bad_json{"wire.bad-json", base::Kind::failed};
inline constexpr base::Code bad_message{"wire.bad-message", base::Kind::failed};
inline constexpr base::Code bad_notebook{"wire.bad-notebook", base::Kind::failed};
inline constexpr base::Code too_large{"wire.too-large", base::Kind::failed};

}  // namespace cloister::wire::errors
