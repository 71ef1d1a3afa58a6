// SPDX-License-Identifier: Apache-2.0
#include "memory_folders.hpp"

#include "cloister/cell/errors.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace cloister::cell {
namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t files_min = 1024;
constexpr std::uint64_t files_max = 1 << 20;

std::unexpected<base::Error> cannot_mount() {
  return base::fail_errno(errors::setup_failed, "cannot mount the memory folders of a cell", errno);
}

}  // namespace

std::uint64_t files_max_of(std::uint64_t bytes) {
  return std::clamp(bytes / page_bytes, files_min, files_max);
}

MemoryFolders::MemoryFolders(const std::vector<std::string>& sources) {
  for (std::string candidate : {"/srv", "/media", "/mnt", "/opt"}) {
    struct stat about{};
    bool hides = std::ranges::any_of(sources, [&](const std::string& source) {
      return source == candidate || source.starts_with(candidate + "/");
    });
    if (!hides && lstat(candidate.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) {
      place_ = candidate;
      return;
    }
  }
}

std::optional<std::string> MemoryFolders::add(const std::string& mode, std::uint64_t bytes) {
  if (place_.empty()) return std::nullopt;
  folders_.push_back({.mode = mode, .bytes = bytes});
  return fmt::format("{}/{}", place_, folders_.size() - 1);
}

base::Outcome MemoryFolders::mount() const {
  if (folders_.empty()) return {};
  if (unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("cell", place_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") != 0)
    return cannot_mount();
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    std::string path = fmt::format("{}/{}", place_, i);
    std::string options = fmt::format("mode={},size={},nr_inodes={}", folders_[i].mode,
                                      folders_[i].bytes, files_max_of(folders_[i].bytes));
    if (mkdir(path.c_str(), 0700) != 0 ||
        ::mount("cell", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0)
      return cannot_mount();
  }
  return {};
}

}  // namespace cloister::cell
