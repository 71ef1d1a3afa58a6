// SPDX-License-Identifier: Apache-2.0
// home.json: what anyone may know of a home (docs/formats/vault.md, "home.json").
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/signature.hpp"
#include "cloister/ledger/ledger.hpp"

#include <string>
#include <string_view>

namespace cloister::vault {

struct HomeFile {
  std::string id;     // 16 hexadecimal digits
  std::string owner;  // 1 to 128 bytes, printable
  base::WallTime created;
  ledger::PublicKeys ledger;
  crypto::VerifyKey signing_key{};  // signs manifests and the key file
};

inline constexpr std::size_t home_file_bytes_max = 16u << 10;

// The one text of a home file: canonical JSON and a line feed.
std::string to_text(const HomeFile& home);
// Accepts exactly what to_text writes; anything else is vault.damaged.
base::Result<HomeFile> parse_home_file(std::string_view text);

// C2SP signed note verifier key: NAME+HASH+BASE64(0x01 ‖ key).
std::string note_verifier_key(const std::string& name, const crypto::VerifyKey& key);

}  // namespace cloister::vault
