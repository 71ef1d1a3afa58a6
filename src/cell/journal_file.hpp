// SPDX-License-Identifier: Apache-2.0
// The part of a journal that has no room in memory: sealed records in a file without a name.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstdint>
#include <vector>

namespace cloister::cell {

// Belongs to one thread at a time. Where records lie is known in memory only: the file alone is
// noise.
class JournalFile {
 public:
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t counter = 0;  // of the nonce: no two records ever had the same
  };

  JournalFile(io::Descriptor file, base::SecretBytes key)
      : file_(std::move(file)), key_(std::move(key)) {}

  base::Result<Place> write(std::uint64_t seq, base::ByteView record);
  // SECURITY: a record that was changed, cut or put into another's place is refused
  // (test: JournalFile.RefusesWhatWasChanged).
  base::Result<base::Bytes> read(std::uint64_t seq, const Place& place) const;
  // Gives the room of records back to the disk.
  void forget(std::vector<Place> places);

 private:
  io::Descriptor file_;
  base::SecretBytes key_;
  std::uint64_t end_ = 0;
  std::uint64_t counter_ = 0;
};

}  // namespace cloister::cell
