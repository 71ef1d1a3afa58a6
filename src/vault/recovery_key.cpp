// SPDX-License-Identifier: Apache-2.0
#include "cloister/vault/recovery_key.hpp"

#include "cloister/base/check.hpp"
#include "cloister/crypto/hash.hpp"

#include <algorithm>

namespace cloister::vault {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t key_size = 32;
constexpr std::size_t checksum_size = 3;
constexpr std::size_t character_count = (key_size + checksum_size) * 8 / 5;  // 56: no rest

crypto::Hash checksum_of(base::ByteView key) {
  return crypto::sha256({base::as_bytes("cloister/recovery-key/1\n"), key});
}

// The value of a character, or -1 for a separator, or -2 for what no key holds.
int value_of(char c) {
  if (c == '-' || c == ' ' || c == '\n' || c == '\r' || c == '\t') return -1;
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  std::size_t at = alphabet.find(c);
  return at == std::string_view::npos ? -2 : static_cast<int>(at);
}

}  // namespace

std::string recovery_key_text(const base::SecretBytes& key) {
  CLOISTER_CHECK(key.size() == key_size);
  base::SecretBytes whole(key_size + checksum_size);
  std::ranges::copy(key.view(), whole.writable().begin());
  crypto::Hash checksum = checksum_of(key.view());
  std::copy_n(checksum.begin(), checksum_size, whole.writable().begin() + key_size);
  std::string text;
  unsigned pending = 0;
  unsigned bits = 0;
  std::size_t written = 0;
  for (std::byte byte : whole.view()) {
    pending = pending << 8 | std::to_integer<unsigned>(byte);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      if (written > 0 && written % 4 == 0) text += '-';
      text += alphabet[pending >> bits & 31];
      ++written;
    }
    pending &= (1u << bits) - 1;
  }
  return text;
}

std::optional<base::SecretBytes> parse_recovery_key(std::string_view text) {
  base::SecretBytes whole(key_size + checksum_size);
  unsigned pending = 0;
  unsigned bits = 0;
  std::size_t characters = 0;
  std::size_t filled = 0;
  for (char c : text) {
    int value = value_of(c);
    if (value == -1) continue;
    if (value < 0 || ++characters > character_count) return std::nullopt;
    pending = pending << 5 | static_cast<unsigned>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      whole.writable()[filled++] = static_cast<std::byte>(pending >> bits & 0xff);
      pending &= (1u << bits) - 1;
    }
  }
  if (characters != character_count) return std::nullopt;
  base::SecretBytes key = base::SecretBytes::copy_of(whole.view().first(key_size));
  crypto::Hash checksum = checksum_of(key.view());
  if (!base::equal_constant_time(base::ByteView(checksum).first(checksum_size),
                                 whole.view().subspan(key_size)))
    return std::nullopt;
  return key;
}

}  // namespace cloister::vault
