// SPDX-License-Identifier: Apache-2.0
// What the epoch's key signs: checkpoints (C2SP tlog-checkpoint) and certificates of the next key.
// docs/formats/ledger.md §4 and §5.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/ledger/ledger.hpp"
#include "cloister/ledger/note.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloister::ledger {

struct Checkpoint {
  std::string origin;
  TreeHead head;
  std::uint64_t counter = 0;  // 1 for the first one ever signed
  std::uint64_t epoch = 0;
  std::uint64_t log_bytes = 0;  // what of ledger/log it covers
  crypto::Hash link{};          // end of the chain of records at log_bytes
  base::WallTime time;          // when it was signed
};

// The note's text. Parsing accepts only what this writes (ledger.bad-note).
std::string to_text(const Checkpoint& checkpoint);
base::Result<Checkpoint> parse_checkpoint(std::string_view text);

struct EpochCertificate {
  std::string origin;
  std::uint64_t epoch = 0;  // of the key that it certifies; signed by the one before
  crypto::VerifyKey key{};
  TreeHead begin;  // the tree when the epoch began
};

std::string to_text(const EpochCertificate& certificate);
base::Result<EpochCertificate> parse_certificate(std::string_view text);

// The verify keys of all epochs, [0] the first.
struct EpochChain {
  std::vector<crypto::VerifyKey> keys;
  std::vector<EpochCertificate> certificates;  // [i] certifies keys[i + 1]
};

inline constexpr std::size_t epochs_bytes_max = 4u << 20;

// Reads ledger/epochs (its whole content; empty for none) and verifies every certificate by the key
// before it. ledger.damaged when anything does not fit.
base::Result<EpochChain> verify_epochs(std::string_view file, const PublicKeys& keys);

// A checkpoint on disk: exactly one signature line, by the key of its epoch, nothing else.
base::Result<Checkpoint> verify_checkpoint(std::string_view note, const PublicKeys& keys,
                                           const EpochChain& epochs);
// A checkpoint that somebody else kept: lines of other signers (witnesses) are allowed.
base::Result<Checkpoint> verify_kept_checkpoint(std::string_view note, const PublicKeys& keys,
                                                const EpochChain& epochs);

}  // namespace cloister::ledger
