// SPDX-License-Identifier: Apache-2.0
#include "stage.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/io/descriptor.hpp"

#include "identity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

// glibc's <sys/mount.h> and the kernel's <linux/mount.h> clash in Debian 12.
constexpr unsigned long flag_nosuid = 2;
constexpr unsigned long flag_nodev = 4;
constexpr unsigned long flag_recursive = 16384;
constexpr unsigned long flag_private = 1ul << 18;

int mount_call(const char* source, const char* target, const char* type, unsigned long flags,
               const char* data) {
  return static_cast<int>(syscall(SYS_mount, source, target, type, flags, data));
}

std::unexpected<base::Error> cannot_show(const std::string& source, int error_number) {
  return base::fail_errno(errors::setup_failed, fmt::format("cannot show '{}' in a cell", source),
                          error_number);
}

base::Result<bool> is_folder(const std::string& source) {
  struct stat about{};
  if (stat(source.c_str(), &about) != 0) return cannot_show(source, errno);
  return S_ISDIR(about.st_mode);
}

// A folder that exists everywhere and holds nothing that a cell is shown by its own path.
base::Result<std::string> mount_point() {
  for (const char* candidate : {"/mnt", "/media", "/srv"}) {
    struct stat about{};
    if (stat(candidate, &about) == 0 && S_ISDIR(about.st_mode)) return std::string(candidate);
  }
  return base::fail(errors::setup_failed, "there is no folder /mnt to build a cell on");
}

base::Outcome make_place(const std::string& place, bool folder) {
  if (folder && mkdir(place.c_str(), 0755) == 0) return {};
  if (!folder &&
      io::Descriptor(open(place.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644)).open())
    return {};
  return base::fail_errno(errors::setup_failed, "cannot build a cell", errno);
}

}  // namespace

base::Result<std::vector<Staged>> stage(const std::vector<std::string>& sources) {
  std::vector<Staged> staged;
  for (const std::string& source : sources) {
    CLOISTER_TRY(bool folder, is_folder(source));
    staged.push_back({.path = source, .folder = folder});
  }
  if (!is_root() || sources.empty()) return staged;
  CLOISTER_TRY(std::string point, mount_point());
  if (unshare(CLONE_NEWNS) != 0 ||
      mount_call(nullptr, "/", nullptr, flag_recursive | flag_private, nullptr) != 0)
    return base::fail_errno(errors::setup_failed, "cannot make a mount namespace", errno);
  // All sources first: the tmpfs may hide some of them.
  std::vector<io::Descriptor> copies;
  for (const std::string& source : sources) {
    copies.emplace_back(
        static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, source.c_str(),
                                 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
    if (!copies.back().open()) return cannot_show(source, errno);
  }
  if (mount_call("cell", point.c_str(), "tmpfs", flag_nosuid | flag_nodev, "mode=0755,size=1m") !=
      0)
    return base::fail_errno(errors::setup_failed, "cannot mount a tmpfs", errno);
  for (std::size_t i = 0; i < staged.size(); ++i) {
    staged[i].path = fmt::format("{}/{}", point, i);
    CLOISTER_TRY_DO(make_place(staged[i].path, staged[i].folder));
    if (syscall(SYS_move_mount, copies[i].number(), "", AT_FDCWD, staged[i].path.c_str(),
                MOVE_MOUNT_F_EMPTY_PATH) != 0)
      return cannot_show(sources[i], errno);
  }
  return staged;
}

}  // namespace cloister::cell
