// SPDX-License-Identifier: Apache-2.0
#include "own_sockets.hpp"

#include "cloister/cell/errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

constexpr int tries_max = 16;  // openat2 gives up when folders are renamed under its feet

// The absolute path that a relative one stands for, in the root of the thread.
std::string absolute(long thread, const std::string& path) {
  if (path.starts_with('/')) return path;
  std::array<char, PATH_MAX> folder{};
  ssize_t size =
      readlink(fmt::format("/proc/{}/cwd", thread).c_str(), folder.data(), folder.size());
  return std::string(folder.data(), size > 0 ? static_cast<std::size_t>(size) : 0) + "/" + path;
}

io::Descriptor follow(long thread, const std::string& path) {
  io::Descriptor root(
      open(fmt::format("/proc/{}/root", thread).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) return {};
  open_how how{
      .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  std::string whole = absolute(thread, path);
  for (int i = 0; i < tries_max; ++i) {
    io::Descriptor file(
        static_cast<int>(syscall(SYS_openat2, root.number(), whole.c_str(), &how, sizeof how)));
    if (file.open() || errno != EAGAIN) return file;
  }
  return {};
}

std::expected<io::Descriptor, NoSocket> find_socket(long thread, const std::string& path,
                                                    struct stat& about) {
  io::Descriptor file = follow(thread, path);
  if (!file.open() || fstat(file.number(), &about) != 0)
    return std::unexpected(NoSocket{.error = errno});
  if (!S_ISSOCK(about.st_mode)) return std::unexpected(NoSocket{.error = ECONNREFUSED});
  return file;
}

}  // namespace

base::Result<OwnSockets> OwnSockets::of(pid_t process, const CellSpec& spec) {
  OwnSockets own;
  struct stat about{};
  auto look = [&](const std::string& path) {
    return lstat(fmt::format("/proc/{}/root{}", process, path).c_str(), &about) == 0;
  };
  std::vector<std::string> folders{"/tmp", "/dev/shm"};
  if (!spec.private_folder.empty()) folders.push_back(spec.private_folder);
  for (const std::string& folder : folders) {
    if (!look(folder))
      return base::fail_errno(errors::setup_failed, "cannot look into a cell", errno);
    own.folders_.insert(about.st_dev);
  }
  for (const Mount& mount : spec.mounts)
    if (look(mount.target) && S_ISSOCK(about.st_mode))
      own.named_.emplace(about.st_dev, about.st_ino);
  return own;
}

std::expected<io::Descriptor, NoSocket> OwnSockets::find(long thread,
                                                         const std::string& path) const {
  struct stat about{};
  auto file = find_socket(thread, path, about);
  if (!file || folders_.contains(about.st_dev) || named_.contains({about.st_dev, about.st_ino}))
    return file;
  return std::unexpected(NoSocket{.error = EACCES, .foreign = true});
}

std::expected<io::Descriptor, NoSocket> OwnSockets::find_in_memory(long thread,
                                                                   const std::string& path) const {
  struct stat about{};
  auto file = find_socket(thread, path, about);
  bool door = named_.contains({about.st_dev, about.st_ino});  // also when it lies in memory
  if (!file || (folders_.contains(about.st_dev) && !door)) return file;
  return std::unexpected(NoSocket{.error = EACCES, .foreign = true});
}

}  // namespace cloister::cell
