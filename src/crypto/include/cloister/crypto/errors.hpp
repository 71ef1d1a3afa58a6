// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::crypto::errors {

// A ciphertext, tag or signature does not fit: a wrong key, or changed bytes.
inline constexpr base::Code not_authentic{"crypto.not-authentic", base::Kind::integrity};
inline constexpr base::Code bad_key{"crypto.bad-key", base::Kind::integrity};
inline constexpr base::Code out_of_memory{"crypto.out-of-memory", base::Kind::failed};

}  // namespace cloister::crypto::errors
