// SPDX-License-Identifier: Apache-2.0
// Entries and their one canonical text (docs/formats/ledger.md §1).
#pragma once

#include "cloister/ledger/ledger.hpp"
#include "cloister/ledger/record.hpp"

#include <string>

namespace cloister::ledger {

// Refuses what could not be read back: doubles, bytes that are not UTF-8, too deep, too large
// (ledger.bad-entry).
base::Outcome check_entry(const Entry& entry);
// Canonical JSON of the entry with its time.
std::string canonical_text(const Entry& entry, base::WallTime time, bool clock_backwards);
// The reverse; everything but the sequence is set. ledger.damaged when it is not what
// canonical_text writes.
base::Result<StoredEntry> parse_canonical(std::string_view text);

// Salted, hashed and sealed.
RecordContent seal_entry(std::string_view canonical, const std::array<std::byte, salt_bytes>& salt,
                         const crypto::BoxPublicKey& bodies);

struct OpenedEntry {
  std::array<std::byte, salt_bytes> salt{};
  std::string canonical;
  StoredEntry stored;
};
// Opens a body and checks it against the leaf input. ledger.damaged when they do not belong
// together, crypto.not-authentic when it does not open at all.
base::Result<OpenedEntry> open_entry(const LeafInput& leaf_input, base::ByteView body,
                                     const crypto::BoxKeyPair& bodies, std::uint64_t sequence);

}  // namespace cloister::ledger
