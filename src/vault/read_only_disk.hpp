// SPDX-License-Identifier: Apache-2.0
// A disk that cannot be changed: verifying commands see a home exactly as it lies there.
#pragma once

#include "cloister/io/disk.hpp"

namespace cloister::vault {

// SECURITY: verifying never writes, not even to remove an interrupted append (test:
// HomeLife.ReadOnlyOpeningChangesNoByte).
class ReadOnlyDisk final : public io::Disk {
 public:
  explicit ReadOnlyDisk(io::Disk& disk) : disk_(disk) {}

  base::Result<io::Descriptor> open_read(const io::Path& path) override {
    return disk_.open_read(path);
  }
  base::Result<io::Descriptor> create(const io::Path& path, mode_t mode) override;
  base::Result<io::Descriptor> open_write(const io::Path& path, mode_t mode) override;
  base::Outcome write_at(const io::Descriptor& file, std::uint64_t offset,
                         base::ByteView bytes) override;
  base::Outcome truncate(const io::Descriptor& file, std::uint64_t size) override;
  base::Outcome sync(const io::Descriptor& file) override;
  base::Outcome sync_folder(const io::Path& folder) override;
  base::Outcome rename(const io::Path& from, const io::Path& to) override;
  base::Outcome rename_new(const io::Path& from, const io::Path& to) override;
  base::Outcome remove(const io::Path& path) override;
  base::Outcome remove_folder(const io::Path& path) override;
  base::Outcome make_folder(const io::Path& path, mode_t mode) override;

 private:
  io::Disk& disk_;
};

}  // namespace cloister::vault
