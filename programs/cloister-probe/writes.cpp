// SPDX-License-Identifier: Apache-2.0
// Changing a file that was granted for reading (F3).
#include "reach.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

Verdict open_for_writing(const std::string& path, int flags) {
  int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return blocked("open");
  ::close(file);
  return open("opened for writing");
}

Verdict write(const Fixtures& fixtures) {
  return open_for_writing(fixtures.text("granted"), O_RDWR);
}

Verdict append(const Fixtures& fixtures) {
  return open_for_writing(fixtures.text("granted"), O_WRONLY | O_APPEND);
}

// Cuts to the size that it has, so that the control leaves the file as it is.
Verdict cut(const Fixtures& fixtures) {
  struct stat state{};
  std::string path = fixtures.text("granted");
  if (stat(path.c_str(), &state) != 0) return blocked("stat");
  return truncate(path.c_str(), state.st_size) == 0 ? open("truncated") : blocked("truncate");
}

// A descriptor opened for reading, opened again through /proc for writing.
Verdict reopen(const Fixtures& fixtures) {
  int file = ::open(fixtures.text("granted").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return blocked("open for reading");
  Verdict verdict = open_for_writing("/proc/self/fd/" + std::to_string(file), O_WRONLY);
  ::close(file);
  return verdict;
}

Verdict replace(const Fixtures& fixtures) {
  std::string path = fixtures.text("granted");
  std::string aside = path + ".aside";
  if (rename(path.c_str(), aside.c_str()) != 0) return blocked("rename");
  rename(aside.c_str(), path.c_str());
  return open("the granted file can be replaced");
}

Verdict remove(const Fixtures& fixtures) {
  std::string path = fixtures.text("granted");
  std::string second = path + ".second";
  if (link(path.c_str(), second.c_str()) != 0) return blocked("link");
  bool removed = unlink(path.c_str()) == 0;
  int error = errno;
  if (removed) rename(second.c_str(), path.c_str());
  return removed ? open("the granted file can be removed") : blocked("unlink", error);
}

Verdict folder(const Fixtures& fixtures) {
  std::string made = fixtures.text("granted");
  made = made.substr(0, made.rfind('/')) + "/made-by-probe";
  if (mkdir(made.c_str(), 0700) != 0) return blocked("mkdir");
  struct stat own{}, granted{};
  stat(made.c_str(), &own);
  stat(fixtures.text("granted").c_str(), &granted);
  rmdir(made.c_str());
  if (own.st_dev == granted.st_dev) return open("the granted file's folder can be changed");
  return blocked("only a folder in the cell's own memory", EXDEV);
}

Verdict attributes(const Fixtures& fixtures) {
  std::string path = fixtures.text("granted");
  if (chmod(path.c_str(), 0644) == 0) return open("the mode can be changed");
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return open("the times can be changed");
  if (setxattr(path.c_str(), "user.probe", "x", 1, 0) == 0) return open("an attribute can be set");
  return blocked("chmod, utimensat, setxattr");
}

Verdict map(const Fixtures& fixtures) {
  int file = ::open(fixtures.text("granted").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return blocked("open");
  void* area = mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (area == MAP_FAILED) return blocked("mmap");
  munmap(area, 1);
  return open("mapped for writing");
}

constexpr Probe probes[] = {
    {"F3-write", "Writing to a granted file", write},
    {"F3-append", "Appending to a granted file", append},
    {"F3-truncate", "Truncating a granted file", cut},
    {"F3-reopen", "Opening a granted file again through /proc", reopen},
    {"F3-replace", "Replacing a granted file", replace},
    {"F3-remove", "Removing a granted file", remove},
    {"F3-folder", "Changing the folder of a granted file", folder},
    {"F3-attributes", "Changing the mode, times or attributes of a granted file", attributes},
    {"F3-map", "Mapping a granted file for writing", map},
};

}  // namespace

Family write_family() {
  return {"writes", probes};
}

}  // namespace cloister::probe
