// SPDX-License-Identifier: Apache-2.0
// ledger/checkpoint and ledger/epochs, and checkpoints that somebody hands in.
#include "cloister/ledger/checkpoint.hpp"

#include <cstdlib>

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ledger::PublicKeys keys{"cloister/test", {}, {}};
  if (auto note = ledger::parse_note(text)) {
    // Text and signature lines account for every byte but the blank line.
    if (note->signatures.empty() || note->text.size() + 2 > text.size()) std::abort();
    if (auto checkpoint = ledger::parse_checkpoint(note->text))
      if (to_text(*checkpoint) != note->text) std::abort();
    if (auto certificate = ledger::parse_certificate(note->text))
      if (to_text(*certificate) != note->text) std::abort();
  }
  if (auto checkpoint = ledger::parse_checkpoint(text))
    if (to_text(*checkpoint) != text) std::abort();
  if (auto key = ledger::parse_verifier_key(text))
    if (ledger::verifier_key_text(key->name, key->key) != text) std::abort();
  auto epochs = ledger::verify_epochs(text, keys);
  // Nobody has signed anything with the key of zeroes.
  if (epochs && !text.empty()) std::abort();
  ledger::EpochChain none;
  none.keys.push_back(keys.first_epoch);
  if (ledger::verify_checkpoint(text, keys, none)) std::abort();
  (void)ledger::verify_kept_checkpoint(text, keys, none);
  return 0;
}
