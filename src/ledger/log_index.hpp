// SPDX-License-Identifier: Apache-2.0
// Finds an entry in ledger/log without reading all of it.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstdint>
#include <map>

namespace cloister::ledger {

// Known places in the log; between them it walks from the nearest by the lengths in the records,
// forwards or backwards, and remembers places on the way. Nothing of it is stored: what it finds is
// only a place, and whoever reads there checks the record against the tree. Not thread-safe.
class LogIndex {
 public:
  void add(std::uint64_t sequence, std::uint64_t offset) { places_[sequence] = offset; }
  // The offset of entry `sequence`, which lies at or before a known place. ledger.damaged when the
  // lengths lead nowhere.
  base::Result<std::uint64_t> offset_of(const io::Descriptor& file, std::uint64_t sequence);

 private:
  std::map<std::uint64_t, std::uint64_t> places_{{0, 0}};
};

}  // namespace cloister::ledger
