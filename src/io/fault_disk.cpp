// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/fault_disk.hpp"

#include "cloister/io/errors.hpp"

#include <signal.h>
#include <unistd.h>

namespace cloister::io {
namespace {

[[noreturn]] void end_here() {
  ::kill(getpid(), SIGKILL);
  pause();
  _exit(1);
}

std::unexpected<base::Error> injected(Fault fault) {
  if (fault == Fault::no_space) return base::fail(errors::no_space, "the disk is full (injected)");
  return base::fail(errors::system, "the disk failed (injected)");
}

}  // namespace

template <typename Step>
auto FaultDisk::step(Step&& run) -> decltype(run()) {
  if (!strikes() || fault_ == Fault::none) return run();
  if (fault_ == Fault::kill) end_here();
  if (fault_ == Fault::kill_torn) {
    (void)run();
    end_here();
  }
  return injected(fault_);
}

base::Result<Descriptor> FaultDisk::create(const Path& path, mode_t mode) {
  return step([&] { return SystemDisk::create(path, mode); });
}

base::Outcome FaultDisk::write_at(const Descriptor& file, std::uint64_t offset,
                                  base::ByteView bytes) {
  if (!strikes() || fault_ == Fault::none) return SystemDisk::write_at(file, offset, bytes);
  if (fault_ == Fault::kill) end_here();
  if (fault_ == Fault::no_space || fault_ == Fault::kill_torn)
    (void)SystemDisk::write_at(file, offset, bytes.first(bytes.size() / 2));
  if (fault_ == Fault::kill_torn) end_here();
  return injected(fault_);
}

base::Outcome FaultDisk::truncate(const Descriptor& file, std::uint64_t size) {
  return step([&] { return SystemDisk::truncate(file, size); });
}

base::Outcome FaultDisk::sync(const Descriptor& file) {
  return step([&] { return SystemDisk::sync(file); });
}

base::Outcome FaultDisk::sync_folder(const Path& folder) {
  return step([&] { return SystemDisk::sync_folder(folder); });
}

base::Outcome FaultDisk::rename(const Path& from, const Path& to) {
  return step([&] { return SystemDisk::rename(from, to); });
}

base::Outcome FaultDisk::rename_new(const Path& from, const Path& to) {
  return step([&] { return SystemDisk::rename_new(from, to); });
}

base::Outcome FaultDisk::remove(const Path& path) {
  return step([&] { return SystemDisk::remove(path); });
}

base::Outcome FaultDisk::remove_folder(const Path& path) {
  return step([&] { return SystemDisk::remove_folder(path); });
}

base::Outcome FaultDisk::make_folder(const Path& path, mode_t mode) {
  return step([&] { return SystemDisk::make_folder(path, mode); });
}

}  // namespace cloister::io
