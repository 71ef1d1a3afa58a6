// SPDX-License-Identifier: Apache-2.0
// The recovery key: 256 random bits as text that a person can copy from paper.
#pragma once

#include "cloister/base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cloister::vault {

// 14 groups of four characters of Crockford's base32 (no I, L, O, U): 32 bytes of key and 3 bytes
// of checksum, for example "7ZQ4-…-M0XK".
std::string recovery_key_text(const base::SecretBytes& key);
// Forgives lower case, spaces, missing dashes, O for 0, I and L for 1. Nothing when the checksum
// does not fit.
std::optional<base::SecretBytes> parse_recovery_key(std::string_view text);

}  // namespace cloister::vault
