// SPDX-License-Identifier: Apache-2.0
#include "tree.hpp"

#include "cloister/contents/errors.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cloister::contents {
namespace {

std::unexpected<base::Error> opening_error(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return base::fail(errors::not_found, "no such file or folder");
    case EXDEV:
    case ELOOP:
      return base::fail(errors::outside, "a link leads out of the workspace");
    case EACCES:
    case EPERM:
    case EROFS:
      return base::fail(errors::not_permitted, "permission denied");
    case ENAMETOOLONG:
      return base::fail(errors::bad_name, "a name is too long");
    default:
      return base::fail_errno(errors::disk, "cannot open a file", number);
  }
}

std::int64_t nanoseconds(const statx_timestamp& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

base::WallTime wall_time(const statx_timestamp& time) {
  // Years that RFC 3339 cannot write become 1970, as in Jupyter.
  if (time.tv_sec < 0 || time.tv_sec > 253'402'300'799) return base::WallTime{};
  return base::WallTime(base::Microseconds(time.tv_sec * 1'000'000 + time.tv_nsec / 1000));
}

std::optional<Entry> inspect(int folder, const char* name, int flags) {
  struct statx info{};
  if (statx(folder, name, flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0) return std::nullopt;
  Entry entry;
  entry.mode = info.stx_mode;
  entry.owner = info.stx_uid;
  entry.group = info.stx_gid;
  entry.size = info.stx_size;
  entry.device = static_cast<std::uint64_t>(info.stx_dev_major) << 32 | info.stx_dev_minor;
  entry.inode = info.stx_ino;
  entry.modified_ns = nanoseconds(info.stx_mtime);
  entry.changed_ns = nanoseconds(info.stx_ctime);
  entry.modified = wall_time(info.stx_mtime);
  bool birth = (info.stx_mask & STATX_BTIME) != 0;
  entry.created = wall_time(birth ? info.stx_btime : info.stx_ctime);
  entry.writable = faccessat(folder, name, W_OK, flags) == 0;
  return entry;
}

}  // namespace

bool Entry::folder() const {
  return S_ISDIR(mode);
}
bool Entry::file() const {
  return S_ISREG(mode);
}
bool Entry::link() const {
  return S_ISLNK(mode);
}

io::Path Place::folder_path() const {
  return io::Path("/proc/self/fd") / std::to_string(folder.number());
}

io::Path Place::path(std::string_view other) const {
  return folder_path() / other;
}

std::optional<Entry> entry_at(int folder, const char* name) {
  return inspect(folder, name, AT_SYMLINK_NOFOLLOW);
}

base::Result<Entry> entry_of(const io::Descriptor& file) {
  auto entry = inspect(file.number(), "", AT_EMPTY_PATH);
  if (!entry) return opening_error(errno);
  return *entry;
}

base::Result<Tree> Tree::open(const io::Path& root) {
  io::Descriptor folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open()) return opening_error(errno);
  return Tree(std::move(folder));
}

base::Result<io::Descriptor> Tree::open_beneath(const std::string& path,
                                                std::uint64_t flags) const {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  // EAGAIN: a rename went on while ".." of a link was looked up. The kernel asks to try again.
  for (int tries = 0; tries < 100; ++tries) {
    long number = syscall(SYS_openat2, root_.number(), name, &how, sizeof(how));
    if (number >= 0) return io::Descriptor(static_cast<int>(number));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return opening_error(errno);
}

base::Result<Entry> Tree::entry(const ApiPath& path) const {
  CLOISTER_TRY(io::Descriptor found, open_beneath(path.text(), O_PATH));
  return entry_of(found);
}

base::Result<Entry> Tree::link_entry(const ApiPath& path) const {
  CLOISTER_TRY(io::Descriptor found, open_beneath(path.text(), O_PATH | O_NOFOLLOW));
  return entry_of(found);
}

base::Result<io::Descriptor> Tree::open_folder(const ApiPath& path) const {
  return open_beneath(path.text(), O_RDONLY | O_DIRECTORY);
}

base::Result<io::Descriptor> Tree::open_file(const ApiPath& path) const {
  // O_NONBLOCK: a pipe must not make us wait for its writer.
  CLOISTER_TRY(io::Descriptor file, open_beneath(path.text(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
  CLOISTER_TRY(Entry entry, entry_of(file));
  if (!entry.file()) return base::fail(errors::bad_type, "not a file");
  return file;
}

base::Result<Place> Tree::place(const ApiPath& path) const {
  if (path.root()) return base::fail(errors::bad_request, "the root itself cannot be changed");
  CLOISTER_TRY(io::Descriptor folder, open_beneath(path.parent().text(), O_PATH | O_DIRECTORY));
  return Place{std::move(folder), std::string(path.name())};
}

base::Result<Place> Tree::real_place(const ApiPath& path) const {
  CLOISTER_TRY(Entry named, link_entry(path));
  if (!named.link()) return place(path);
  CLOISTER_TRY(io::Descriptor file, open_beneath(path.text(), O_PATH));
  CLOISTER_TRY(Entry entry, entry_of(file));
  std::array<char, 4097> buffer;
  auto read_link = [&](int number) {
    std::string link = "/proc/self/fd/" + std::to_string(number);
    ssize_t size = readlink(link.c_str(), buffer.data(), buffer.size());
    return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  };
  std::string root = read_link(root_.number());
  std::string real = read_link(file.number());
  if (!real.starts_with(root + "/")) return base::fail(errors::outside, "a link leads elsewhere");
  CLOISTER_TRY(ApiPath found, ApiPath::parse(real.substr(root.size() + 1)));
  CLOISTER_TRY(Place target, place(found));
  // It may have been moved since: then the name says another file, or none.
  auto again = entry_at(target.folder.number(), target.name.c_str());
  if (!again || again->inode != entry.inode || again->device != entry.device)
    return base::fail(errors::conflict, "a link changed meanwhile");
  return target;
}

}  // namespace cloister::contents
