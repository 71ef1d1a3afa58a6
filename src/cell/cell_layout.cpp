// SPDX-License-Identifier: Apache-2.0
#include "cell_layout.hpp"

#include "cloister/io/disk.hpp"
#include "cloister/io/sealed_memory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>

namespace cloister::cell {
namespace {

constexpr std::uint64_t copied_bytes_max = 1u << 20;  // ld.so.cache is some 40 KiB

// Collects bubblewrap's arguments.
class Arguments {
 public:
  explicit Arguments(const std::vector<Staged>& mounts) {
    std::vector<std::string> sources;
    for (const Staged& mount : mounts) sources.push_back(mount.path);
    layout_.memory = MemoryFolders(sources);
  }
  template <typename... Texts>
  void add(const Texts&... texts) {
    (layout_.arguments.emplace_back(texts), ...);
  }
  base::Outcome file(const std::string& target, base::ByteView content, const char* mode) {
    CLOISTER_TRY(io::Descriptor memory, io::create_memory_file("given"));
    if (write(memory.number(), content.data(), content.size()) !=
            static_cast<ssize_t>(content.size()) ||
        lseek(memory.number(), 0, SEEK_SET) != 0)
      return base::fail_errno(base::Code{"cell.setup-failed", base::Kind::failed},
                              "cannot keep a file for a cell", errno);
    int number = seal::first_free_descriptor + 1 + static_cast<int>(layout_.data.size());
    layout_.data.emplace_back(number, std::move(memory));
    add("--perms", mode, "--file", fmt::format("{}", number), target);
    return {};
  }
  // bubblewrap's own --tmpfs has a size, but no limit on the number of files.
  void memory_folder(const char* mode, std::uint64_t bytes, const std::string& target) {
    if (auto place = layout_.memory.add(mode, bytes))
      add("--bind", *place, target);
    else
      add("--perms", mode, "--size", fmt::format("{}", bytes), "--tmpfs", target);
  }
  Layout finish() { return std::move(layout_); }

 private:
  Layout layout_;
};

void add_walls(Arguments& arguments) {
  arguments.add("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts",
                "--unshare-cgroup", "--disable-userns", "--die-with-parent", "--new-session",
                "--as-pid-1", "--cap-drop", "ALL", "--hostname", "cell");
  std::string id = fmt::format("{}", inner_id);
  arguments.add("--uid", id, "--gid", id);
}

// /bin, /lib and their like: links into /usr on today's systems.
void add_top_folder(Arguments& arguments, const char* name) {
  std::string path = fmt::format("/{}", name);
  std::array<char, PATH_MAX> target{};
  ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size > 0)
    arguments.add("--symlink", std::string(target.data(), static_cast<std::size_t>(size)), path);
  else if (io::exists(path))
    arguments.add("--ro-bind", path, path);
}

void add_system(Arguments& arguments, Profile profile) {
  auto show = [&arguments](const char* path) {
    if (io::exists(path)) arguments.add("--ro-bind", path, path);
  };
  if (profile == Profile::kernel) {
    show("/usr");
    for (const char* name : {"bin", "sbin"}) add_top_folder(arguments, name);
    show("/etc/alternatives");
    show("/etc/fonts");
  } else {
    for (const char* path : {"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32"}) show(path);
  }
  for (const char* name : {"lib", "lib32", "lib64", "libx32"}) add_top_folder(arguments, name);
  arguments.add("--proc", "/proc", "--dev", "/dev");
}

base::Outcome add_small_files(Arguments& arguments, Profile profile) {
  auto text = [&arguments](const char* path, std::string_view content) {
    return arguments.file(path, base::as_bytes(content), "0444");
  };
  // A copy costs bubblewrap less than a mount.
  auto copy = [&arguments](const char* path) -> base::Outcome {
    io::SystemDisk disk;
    auto content = io::read_file(disk, path, copied_bytes_max);
    return content ? arguments.file(path, *content, "0444") : base::Outcome();
  };
  CLOISTER_TRY_DO(copy("/etc/ld.so.cache"));
  CLOISTER_TRY_DO(text("/etc/passwd",
                       fmt::format("cell:x:{0}:{0}:cell:/tmp:/bin/bash\n"
                                   "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
                                   inner_id)));
  CLOISTER_TRY_DO(text("/etc/group", fmt::format("cell:x:{}:\nnogroup:x:65534:\n", inner_id)));
  if (profile == Profile::worker) return {};
  CLOISTER_TRY_DO(text("/etc/hosts", "127.0.0.1 localhost cell\n::1 localhost cell\n"));
  // The sinkhole; one try, since it answers at once.
  CLOISTER_TRY_DO(text("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n"));
  CLOISTER_TRY_DO(text("/etc/nsswitch.conf",
                       "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
                       "networks: files\nprotocols: files\nservices: files\n"));
  return copy("/etc/localtime");
}

}  // namespace

base::Result<Layout> lay_out(const CellSpec& spec, const std::vector<Staged>& mounts) {
  Arguments arguments(mounts);
  add_walls(arguments);
  add_system(arguments, spec.profile);
  CLOISTER_TRY_DO(add_small_files(arguments, spec.profile));
  std::uint64_t bytes = std::max<std::uint64_t>(spec.limits.temporary_bytes, 4096);
  arguments.memory_folder("1777", bytes, "/tmp");
  arguments.memory_folder("1777", bytes, "/dev/shm");
  if (!spec.private_folder.empty()) arguments.memory_folder("0700", bytes, spec.private_folder);
  for (std::size_t i = 0; i < mounts.size(); ++i)
    arguments.add(spec.mounts[i].writable ? "--bind" : "--ro-bind", mounts[i].path,
                  spec.mounts[i].target);
  for (const GivenFile& file : spec.files)
    CLOISTER_TRY_DO(arguments.file(file.target, base::as_bytes(file.content),
                                   fmt::format("{:04o}", file.mode).c_str()));
  arguments.add("--dir", "/run", "--symlink", "../tmp", "/var/tmp");
  // Both are memory without a size of their own: nothing may be written there.
  arguments.add("--remount-ro", "/dev", "--remount-ro", "/");
  return arguments.finish();
}

}  // namespace cloister::cell
