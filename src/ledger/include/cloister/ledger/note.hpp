// SPDX-License-Identifier: Apache-2.0
// Signed notes (C2SP signed-note v1.0.0): a text and Ed25519 signature lines below it.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/signature.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::ledger {

inline constexpr std::size_t note_bytes_max = 64u << 10;
inline constexpr std::size_t note_signatures_max = 16;

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  base::Bytes bytes;
};

struct Note {
  std::string text;  // with its final newline
  std::vector<NoteSignature> signatures;
};

struct NamedKey {
  std::string name;
  crypto::VerifyKey key;
};

// SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key), its first four bytes.
std::uint32_t note_key_id(std::string_view name, const crypto::VerifyKey& key);
// A verifier key as text: name "+" eight hexadecimal digits "+" base64(0x01 ‖ key).
std::string verifier_key_text(std::string_view name, const crypto::VerifyKey& key);
base::Result<NamedKey> parse_verifier_key(std::string_view text);
// Not empty, no Unicode space, no plus, no control character.
bool is_key_name(std::string_view name);

// `text` ends with a newline.
std::string sign_note(std::string_view text, std::string_view name, const crypto::SigningKey& key);
// ledger.bad-note for anything that the specification forbids. Says nothing about who signed.
base::Result<Note> parse_note(std::string_view note);
// SECURITY: true only when a line of just this name and key is there and every such line verifies
// (test: Note.ASignatureThatDoesNotVerifyIsRefused). Lines of other keys do not count.
bool is_signed_by(const Note& note, std::string_view name, const crypto::VerifyKey& key);

}  // namespace cloister::ledger
