// SPDX-License-Identifier: Apache-2.0
// A disk for tests: counts the steps that change something and makes one of them go wrong.
#pragma once

#include "cloister/io/disk.hpp"

#include <atomic>
#include <cstdint>

namespace cloister::io {

// What happens at the chosen step.
enum class Fault {
  none,       // only count
  fail,       // the step does nothing and reports an error
  no_space,   // a write stores half of its bytes and reports a full disk
  kill,       // SIGKILL to this process before the step
  kill_torn,  // a write stores half of its bytes, then SIGKILL; other steps: SIGKILL after them
};

class FaultDisk final : public SystemDisk {
 public:
  // Steps are counted from 1. `at` 0 never strikes.
  FaultDisk(Fault fault, std::uint64_t at) : fault_(fault), at_(at) {}
  std::uint64_t steps() const { return steps_; }

  base::Result<Descriptor> create(const Path& path, mode_t mode) override;
  base::Outcome write_at(const Descriptor& file, std::uint64_t offset,
                         base::ByteView bytes) override;
  base::Outcome truncate(const Descriptor& file, std::uint64_t size) override;
  base::Outcome sync(const Descriptor& file) override;
  base::Outcome sync_folder(const Path& folder) override;
  base::Outcome rename(const Path& from, const Path& to) override;
  base::Outcome rename_new(const Path& from, const Path& to) override;
  base::Outcome remove(const Path& path) override;
  base::Outcome remove_folder(const Path& path) override;
  base::Outcome make_folder(const Path& path, mode_t mode) override;

 private:
  template <typename Step>
  auto step(Step&& run) -> decltype(run());
  bool strikes() { return ++steps_ == at_; }

  Fault fault_;
  std::uint64_t at_;
  std::atomic<std::uint64_t> steps_ = 0;
};

}  // namespace cloister::io
