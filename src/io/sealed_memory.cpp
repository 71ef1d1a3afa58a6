// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/sealed_memory.hpp"

#include "cloister/io/disk.hpp"
#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace cloister::io {
namespace {

constexpr int all_seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

base::Result<Descriptor> create_memory_file(const char* name) {
  int number = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (number < 0) return base::fail_errno(errors::system, "cannot make a memory file", errno);
  return Descriptor(number);
}

base::Outcome seal(const Descriptor& memory) {
  if (fcntl(memory.number(), F_ADD_SEALS, all_seals) != 0)
    return base::fail_errno(errors::system, "cannot seal a memory file", errno);
  return {};
}

base::Result<Descriptor> sealed_copy_of(base::ByteView bytes, const char* name) {
  CLOISTER_TRY(Descriptor memory, create_memory_file(name));
  SystemDisk disk;
  CLOISTER_TRY_DO(disk.write_at(memory, 0, bytes));
  CLOISTER_TRY_DO(seal(memory));
  return memory;
}

base::Result<MappedMemory> MappedMemory::map(const Descriptor& memory, std::uint64_t size_max) {
  int seals = fcntl(memory.number(), F_GET_SEALS);
  if (seals < 0 || (seals & all_seals) != all_seals)
    return base::fail(errors::not_sealed, "the memory file is not sealed against changes");
  CLOISTER_TRY(std::uint64_t size, size_of(memory));
  if (size > size_max) return base::fail(errors::too_large, "the memory file is too large");
  if (size == 0) return MappedMemory({});
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, memory.number(), 0);
  if (mapped == MAP_FAILED)
    return base::fail_errno(errors::system, "cannot map a memory file", errno);
  return MappedMemory({static_cast<const std::byte*>(mapped), size});
}

MappedMemory::~MappedMemory() {
  if (!view_.empty()) munmap(const_cast<std::byte*>(view_.data()), view_.size());
}

MappedMemory::MappedMemory(MappedMemory&& other) noexcept : view_(std::exchange(other.view_, {})) {}

MappedMemory& MappedMemory::operator=(MappedMemory&& other) noexcept {
  std::swap(view_, other.view_);
  return *this;
}

}  // namespace cloister::io
