// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/disk.hpp"

#include "cloister/io/errors.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloister::io {
namespace {

std::unexpected<base::Error> disk_error(const char* doing, const Path& path) {
  int number = errno;
  base::Code code = number == ENOENT                       ? errors::not_found
                    : number == ENOSPC || number == EDQUOT ? errors::no_space
                                                           : errors::system;
  return base::fail_errno(code, fmt::format("cannot {} {}", doing, path.native()), number);
}

std::unexpected<base::Error> file_error(const char* doing, int number) {
  base::Code code = number == ENOSPC || number == EDQUOT ? errors::no_space : errors::system;
  return base::fail_errno(code, fmt::format("cannot {} a file", doing), number);
}

base::Result<Descriptor> open_file(const Path& path, int flags, mode_t mode, const char* doing) {
  int number = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode);
  if (number < 0) return disk_error(doing, path);
  return Descriptor(number);
}

}  // namespace

base::Result<Descriptor> SystemDisk::open_read(const Path& path) {
  // O_NONBLOCK: a pipe that somebody put in a file's place must not make us wait for its writer.
  return open_file(path, O_RDONLY | O_NONBLOCK, 0, "open");
}

base::Result<Descriptor> SystemDisk::create(const Path& path, mode_t mode) {
  return open_file(path, O_RDWR | O_CREAT | O_EXCL, mode, "create");
}

base::Result<Descriptor> SystemDisk::open_write(const Path& path, mode_t mode) {
  return open_file(path, O_RDWR | O_CREAT, mode, "open for writing");
}

base::Outcome SystemDisk::write_at(const Descriptor& file, std::uint64_t offset,
                                   base::ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t written = pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_error("write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

base::Outcome SystemDisk::truncate(const Descriptor& file, std::uint64_t size) {
  if (ftruncate(file.number(), static_cast<off_t>(size)) != 0) return file_error("truncate", errno);
  return {};
}

base::Outcome SystemDisk::sync(const Descriptor& file) {
  if (fdatasync(file.number()) != 0) return file_error("sync", errno);
  return {};
}

base::Outcome SystemDisk::sync_folder(const Path& folder) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open()) return disk_error("open", folder);
  if (fsync(opened.number()) != 0) return disk_error("sync", folder);
  return {};
}

base::Outcome SystemDisk::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return disk_error("rename", from);
  return {};
}

base::Outcome SystemDisk::rename_new(const Path& from, const Path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) return base::fail_errno(errors::exists, "cannot rename", errno);
  return disk_error("rename", from);
}

base::Outcome SystemDisk::remove(const Path& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return disk_error("remove", path);
  return {};
}

base::Outcome SystemDisk::remove_folder(const Path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error)
    return base::fail(errors::system,
                      fmt::format("cannot remove {}: {}", path.native(), error.message()));
  return {};
}

base::Outcome SystemDisk::make_folder(const Path& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) {
    // The caller's umask must not narrow or widen what was asked for. Through a descriptor:
    // somebody else may write to the folder above and put a link in this one's place.
    CLOISTER_TRY(Descriptor folder, open_file(path, O_RDONLY | O_DIRECTORY, 0, "open"));
    if (fchmod(folder.number(), mode) != 0) return disk_error("set the mode of", path);
    return {};
  }
  if (errno != EEXIST) return disk_error("make the folder", path);
  return {};
}

base::Result<std::uint64_t> size_of(const Descriptor& file) {
  struct stat info{};
  if (fstat(file.number(), &info) != 0) return file_error("inspect", errno);
  return static_cast<std::uint64_t>(info.st_size);
}

base::Result<base::Bytes> read_at(const Descriptor& file, std::uint64_t offset, std::size_t size) {
  base::Bytes bytes(size);
  std::size_t filled = 0;
  while (filled < size) {
    ssize_t got = pread(file.number(), bytes.data() + filled, size - filled,
                        static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

base::Result<base::Bytes> read_file(Disk& disk, const Path& path, std::uint64_t size_max) {
  CLOISTER_TRY(Descriptor file, disk.open_read(path));
  struct stat info{};
  if (fstat(file.number(), &info) != 0) return disk_error("inspect", path);
  if (!S_ISREG(info.st_mode))
    return base::fail(errors::system, fmt::format("{} is not a file", path.native()));
  auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > size_max)
    return base::fail(errors::too_large,
                      fmt::format("{} is larger than {} bytes", path.native(), size_max));
  return read_at(file, 0, static_cast<std::size_t>(size));
}

base::Result<std::vector<std::string>> list_folder(const Path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    names.push_back(it->path().filename().native());
  if (error) {
    errno = error.value();
    return disk_error("list", folder);
  }
  std::ranges::sort(names);
  return names;
}

bool exists(const Path& path) {
  struct stat info{};
  return lstat(path.c_str(), &info) == 0;
}

base::Outcome replace_file(Disk& disk, const Path& path, base::ByteView bytes, mode_t mode) {
  Path beside = path;
  beside += ".new";
  CLOISTER_TRY_DO(disk.remove(beside));  // of an interrupted earlier attempt
  {
    CLOISTER_TRY(Descriptor file, disk.create(beside, mode));
    CLOISTER_TRY_DO(disk.write_at(file, 0, bytes));
    CLOISTER_TRY_DO(disk.sync(file));
  }
  CLOISTER_TRY_DO(disk.rename(beside, path));
  return disk.sync_folder(path.parent_path());
}

}  // namespace cloister::io
