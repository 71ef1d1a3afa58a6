// SPDX-License-Identifier: Apache-2.0
// Large results travel as memory files that nobody can change any more: no copy, no temporary file.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstdint>

namespace cloister::io {

// A new memory file (memfd) that can be sealed.
base::Result<Descriptor> create_memory_file(const char* name);
// Forbids every later change: F_SEAL_WRITE, SHRINK, GROW and SEAL.
base::Outcome seal(const Descriptor& memory);
base::Result<Descriptor> sealed_copy_of(base::ByteView bytes, const char* name);

// A read-only view of a sealed memory file.
// SECURITY: the seals are checked before anything is mapped, so that the other side cannot change
// bytes after they were checked (test: SealedMemory.RefusesWhatCanStillChange).
class MappedMemory {
 public:
  static base::Result<MappedMemory> map(const Descriptor& memory, std::uint64_t size_max);
  ~MappedMemory();
  MappedMemory(MappedMemory&& other) noexcept;
  MappedMemory& operator=(MappedMemory&& other) noexcept;
  base::ByteView view() const { return view_; }

 private:
  explicit MappedMemory(base::ByteView view) : view_(view) {}
  base::ByteView view_;
};

}  // namespace cloister::io
