// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/note.hpp"

#include "cloister/base/check.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/ledger/errors.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::ledger {
namespace {

constexpr std::byte ed25519_type{1};
constexpr std::string_view signature_prefix = "\xe2\x80\x94 ";  // em dash, space

std::unexpected<base::Error> bad(std::string_view what) {
  return base::fail(errors::bad_note, fmt::format("not a signed note: {}", what));
}

bool is_unicode_space(char32_t c) {
  return c == 0x20 || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

bool is_note_text(std::string_view text) {
  return for_each_code_point(text, [](char32_t c) { return c >= 0x20 || c == '\n'; });
}

base::Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_prefix)) return bad("a signature line begins otherwise");
  line.remove_prefix(signature_prefix.size());
  std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return bad("a signature line has no signature");
  std::string_view name = line.substr(0, space);
  if (!is_key_name(name)) return bad("a signature line has no proper key name");
  auto bytes = base::from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return bad("a signature is not base64, or too short");
  NoteSignature signature;
  signature.name = name;
  signature.key_id = base::load_big_endian<std::uint32_t>(bytes->data());
  signature.bytes.assign(bytes->begin() + 4, bytes->end());
  return signature;
}

}  // namespace

std::uint32_t note_key_id(std::string_view name, const crypto::VerifyKey& key) {
  constexpr std::array<std::byte, 2> between{std::byte{'\n'}, ed25519_type};
  crypto::Hash hash = crypto::sha256({base::as_bytes(name), between, key});
  return base::load_big_endian<std::uint32_t>(hash.data());
}

std::string verifier_key_text(std::string_view name, const crypto::VerifyKey& key) {
  base::Bytes typed{ed25519_type};
  typed.insert(typed.end(), key.begin(), key.end());
  return fmt::format("{}+{:08x}+{}", name, note_key_id(name, key), base::to_base64(typed));
}

base::Result<NamedKey> parse_verifier_key(std::string_view text) {
  constexpr std::size_t base64_chars = 44;
  constexpr std::size_t tail_chars = 1 + 8 + 1 + base64_chars;
  if (text.size() <= tail_chars || text.size() > note_bytes_max) return bad("no verifier key");
  NamedKey named{std::string(text.substr(0, text.size() - tail_chars)), {}};
  auto typed = base::from_base64(text.substr(text.size() - base64_chars));
  if (!is_key_name(named.name) || !typed || typed->size() != 1 + named.key.size() ||
      typed->front() != ed25519_type)
    return bad("no Ed25519 verifier key");
  std::copy(typed->begin() + 1, typed->end(), named.key.begin());
  if (verifier_key_text(named.name, named.key) != text)
    return bad("the verifier key and its key ID do not belong together");
  return named;
}

bool is_key_name(std::string_view name) {
  return !name.empty() && for_each_code_point(name, [](char32_t c) {
    return c >= 0x20 && c != '+' && !is_unicode_space(c);
  });
}

std::string sign_note(std::string_view text, std::string_view name, const crypto::SigningKey& key) {
  CLOISTER_CHECK(text.ends_with('\n') && is_key_name(name));
  crypto::Signature signature = key.sign(base::as_bytes(text));
  base::Bytes bytes(4);
  base::store_big_endian(bytes.data(), note_key_id(name, key.verify_key()));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return fmt::format("{}\n{}{} {}\n", text, signature_prefix, name, base::to_base64(bytes));
}

base::Result<Note> parse_note(std::string_view note) {
  if (note.size() > note_bytes_max) return bad("larger than allowed");
  if (!is_note_text(note)) return bad("not UTF-8, or with control characters");
  std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return bad("no blank line before the signatures");
  Note parsed;
  parsed.text = note.substr(0, blank + 1);
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty()) return bad("no signature");
  while (!lines.empty()) {
    std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return bad("the last line has no end");
    if (parsed.signatures.size() == note_signatures_max) return bad("too many signatures");
    CLOISTER_TRY(NoteSignature signature, parse_signature_line(lines.substr(0, end)));
    parsed.signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return parsed;
}

bool is_signed_by(const Note& note, std::string_view name, const crypto::VerifyKey& key) {
  std::uint32_t id = note_key_id(name, key);
  bool found = false;
  for (const NoteSignature& line : note.signatures) {
    if (line.name != name || line.key_id != id) continue;
    crypto::Signature signature;
    if (line.bytes.size() != signature.size()) return false;
    std::ranges::copy(line.bytes, signature.begin());
    if (!crypto::verify(key, base::as_bytes(note.text), signature)) return false;
    found = true;
  }
  return found;
}

}  // namespace cloister::ledger
