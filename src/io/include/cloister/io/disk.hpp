// SPDX-License-Identifier: Apache-2.0
// The disk, injected: production uses SystemDisk; tests count, tear, fail and kill at any step.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cloister::io {

using Path = std::filesystem::path;

// Every step that changes durable state goes through here: what is not a method of Disk cannot be
// torn by a test, so persistent code uses nothing else. All paths absolute. Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual base::Result<Descriptor> open_read(const Path& path) = 0;
  // A new file that must not exist yet, open for reading and writing.
  virtual base::Result<Descriptor> create(const Path& path, mode_t mode) = 0;
  // An existing file (or a new one) to append to; writes go through write_at.
  virtual base::Result<Descriptor> open_write(const Path& path, mode_t mode) = 0;
  virtual base::Outcome write_at(const Descriptor& file, std::uint64_t offset,
                                 base::ByteView bytes) = 0;
  virtual base::Outcome truncate(const Descriptor& file, std::uint64_t size) = 0;
  virtual base::Outcome sync(const Descriptor& file) = 0;              // fdatasync
  virtual base::Outcome sync_folder(const Path& folder) = 0;           // fsync of the folder itself
  virtual base::Outcome rename(const Path& from, const Path& to) = 0;  // replaces, atomically
  // Never replaces: io.exists when `to` is there already.
  virtual base::Outcome rename_new(const Path& from, const Path& to) = 0;
  virtual base::Outcome remove(const Path& path) = 0;                    // missing is not an error
  virtual base::Outcome remove_folder(const Path& path) = 0;             // with all that is in it
  virtual base::Outcome make_folder(const Path& path, mode_t mode) = 0;  // existing is not an error
};

class SystemDisk : public Disk {
 public:
  base::Result<Descriptor> open_read(const Path& path) override;
  base::Result<Descriptor> create(const Path& path, mode_t mode) override;
  base::Result<Descriptor> open_write(const Path& path, mode_t mode) override;
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
};

// Reading needs no injection beyond open_read.
base::Result<std::uint64_t> size_of(const Descriptor& file);
base::Result<base::Bytes> read_at(const Descriptor& file, std::uint64_t offset, std::size_t size);
base::Result<base::Bytes> read_file(Disk& disk, const Path& path, std::uint64_t size_max);
base::Result<std::vector<std::string>> list_folder(const Path& folder);  // sorted names
bool exists(const Path& path);

// Replaces `path` by `bytes` so that a crash at any moment leaves the old or the new content,
// durably: write beside it, fsync, rename, fsync of the folder. The name of the file beside it ends
// in ".new".
base::Outcome replace_file(Disk& disk, const Path& path, base::ByteView bytes, mode_t mode = 0600);

}  // namespace cloister::io
