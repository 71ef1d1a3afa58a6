// SPDX-License-Identifier: Apache-2.0
// Argon2id without the limits of key_from_passphrase, for published vectors; private to this
// module.
#pragma once

#include "cloister/base/bytes.hpp"

#include <cstdint>
#include <span>

namespace cloister::crypto {

// One lane, version 0x13. False when the memory cannot be had.
bool argon2id(std::span<std::byte> out, base::ByteView passphrase, base::ByteView salt,
              std::uint32_t passes, std::uint32_t memory_kib);

}  // namespace cloister::crypto
