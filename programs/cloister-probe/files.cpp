// SPDX-License-Identifier: Apache-2.0
// Files of the machine: the home, accounts, datasets that were not granted, links to them, handles
// (F1, F2, F4, F6, F7, F8, F10).
#include "reach.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cloister::probe {
namespace {

Verdict home_listing(const Fixtures& fixtures) {
  DIR* folder = opendir(fixtures.text("home").c_str());
  if (folder == nullptr) return blocked("opendir");
  bool found = false;
  while (dirent* entry = readdir(folder)) found |= std::string_view(entry->d_name) == ".ssh";
  closedir(folder);
  return found ? open("the home can be listed") : blocked("not the outside's home", ENOENT);
}

Verdict ssh_key(const Fixtures& fixtures) {
  return read_secret(fixtures.text("home") + "/.ssh/id_ed25519");
}

Verdict shadow(const Fixtures&) {
  return read_secret("/etc/shadow");
}

Verdict accounts(const Fixtures&) {
  return read_secret("/etc/passwd");
}

Verdict host_name(const Fixtures& fixtures) {
  utsname names{};
  uname(&names);
  if (fixtures.text("host_name") == names.nodename) return open("the machine's name was read");
  return blocked("another name", ENODATA);
}

Verdict own_environment(const Fixtures&) {
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (holds_secret(*variable)) return open("the environment holds a secret");
  return blocked("no secret in the environment", ENODATA);
}

Verdict other_dataset(const Fixtures& fixtures) {
  return read_secret(fixtures.text("other_dataset"));
}

// The granted file's folder is another one in the cell: its neighbours must not be there.
Verdict beside_the_grant(const Fixtures& fixtures) {
  std::string granted = fixtures.text("granted");
  return read_secret(granted.substr(0, granted.rfind('/')) + "/other.csv");
}

Verdict above_the_grant(const Fixtures& fixtures) {
  std::string folder = fixtures.text("granted");
  folder = folder.substr(0, folder.rfind('/'));
  return read_secret(folder + "/../../../../../../../.." + fixtures.text("other_dataset"));
}

std::string own_name(const Fixtures& fixtures, const char* name) {
  return fixtures.text("workspace") + "/" + name;
}

Verdict symbolic_link(const Fixtures& fixtures) {
  std::string link = own_name(fixtures, "link");
  if (symlink(fixtures.text("other_dataset").c_str(), link.c_str()) != 0) return blocked("symlink");
  Verdict verdict = read_secret(link);
  unlink(link.c_str());
  return verdict;
}

Verdict hard_link(const Fixtures& fixtures) {
  std::string link = own_name(fixtures, "hard");
  if (::link(fixtures.text("other_dataset").c_str(), link.c_str()) != 0) return blocked("link");
  Verdict verdict = read_secret(link);
  unlink(link.c_str());
  return verdict;
}

// The granted file has the same owner and, outside, the same file system.
Verdict hard_link_of_grant(const Fixtures& fixtures) {
  std::string link = own_name(fixtures, "hard-grant");
  if (::link(fixtures.text("granted").c_str(), link.c_str()) != 0) return blocked("link");
  int file = ::open(link.c_str(), O_WRONLY | O_CLOEXEC);
  Verdict verdict =
      file >= 0 ? open("the granted file can be written through a link") : blocked("open");
  if (file >= 0) ::close(file);
  unlink(link.c_str());
  return verdict;
}

Verdict rename_in(const Fixtures& fixtures) {
  std::string source = fixtures.text("home") + "/movable";
  std::string target = own_name(fixtures, "moved");
  if (rename(source.c_str(), target.c_str()) != 0) return blocked("rename");
  Verdict verdict = read_secret(target);
  rename(target.c_str(), source.c_str());
  return verdict;
}

Verdict rename_out(const Fixtures& fixtures) {
  std::string source = own_name(fixtures, "outgoing");
  std::string target = fixtures.text("home") + "/outgoing";
  int file = ::open(source.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return blocked("create");
  ::close(file);
  int renamed = rename(source.c_str(), target.c_str());
  Verdict verdict = renamed == 0 ? open("a file was put into the home") : blocked("rename");
  unlink(renamed == 0 ? target.c_str() : source.c_str());
  return verdict;
}

Verdict write_home(const Fixtures& fixtures) {
  std::string target = fixtures.text("home") + "/.profile";
  int file = ::open(target.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return blocked("open");
  ::close(file);
  return open("a file that the login shell runs can be written");
}

// Files that the host's own programs run: editor tasks, hooks, start-up files of shells.
Verdict host_executed(const Fixtures& fixtures) {
  Verdict last = blocked("none");
  for (const char* name : {"/.git/hooks/post-checkout", "/.vscode/tasks.json", "/.envrc"}) {
    std::string target = fixtures.text("project") + name;
    int file = ::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    if (file < 0) {
      last = blocked("open");
      continue;
    }
    ::close(file);
    unlink(target.c_str());
    return open("a file that the host runs can be written");
  }
  return last;
}

// A handle names a file without a path; the granted file serves as the file system's door.
Verdict by_handle(const Fixtures& fixtures) {
  struct {
    file_handle head;
    unsigned char bytes[MAX_HANDLE_SZ];
  } handle{};
  std::string hex = fixtures.text("dataset_handle");
  handle.head.handle_type = static_cast<int>(fixtures.number("dataset_handle_type"));
  handle.head.handle_bytes = static_cast<unsigned>(hex.size() / 2);
  if (handle.head.handle_bytes > MAX_HANDLE_SZ) return blocked("no handle", EOPNOTSUPP);
  for (std::size_t i = 0; i < handle.head.handle_bytes; ++i)
    handle.head.f_handle[i] =
        static_cast<unsigned char>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  int door = ::open(fixtures.text("granted").c_str(), O_RDONLY | O_CLOEXEC);
  if (door < 0) return blocked("open of the granted file");
  int file = open_by_handle_at(door, &handle.head, O_RDONLY);
  Verdict verdict = file < 0 ? blocked("open_by_handle_at") : read_secret_from(file);
  if (file >= 0) ::close(file);
  ::close(door);
  return verdict;
}

Verdict make_fifo(const Fixtures& fixtures) {
  std::string path = fixtures.text("project") + "/fifo";
  if (mkfifo(path.c_str(), 0600) != 0) return blocked("mkfifo");
  unlink(path.c_str());
  return open("a pipe was put where the host reads");
}

Verdict make_device(const Fixtures& fixtures) {
  std::string path = own_name(fixtures, "device");
  if (mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 1)) != 0) return blocked("mknod");
  unlink(path.c_str());
  return open("a device node was made");
}

Verdict open_device(std::initializer_list<const char*> paths, int flags) {
  Verdict last = blocked("none");
  for (const char* path : paths) {
    int device = ::open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (device >= 0) {
      ::close(device);
      return open(std::string("opened ") + path);
    }
    last = blocked(path);
  }
  return last;
}

Verdict disk(const Fixtures&) {
  return open_device({"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0"}, O_RDONLY);
}

Verdict memory_device(const Fixtures&) {
  return open_device({"/dev/mem", "/dev/kmem", "/dev/port"}, O_RDONLY);
}

Verdict kernel_log(const Fixtures&) {
  return open_device({"/dev/kmsg"}, O_RDONLY);
}

Verdict other_devices(const Fixtures&) {
  return open_device(
      {"/dev/fuse", "/dev/kvm", "/dev/userfaultfd", "/dev/vsock", "/dev/loop-control"}, O_RDWR);
}

// Run the copy of this program that belongs to another user and has the setuid bit.
Verdict setuid_program(const Fixtures& fixtures) {
  pid_t child = fork();
  if (child < 0) return blocked("fork");
  if (child == 0) {
    int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nothing, 1);
    execl(fixtures.text("setuid_program").c_str(), "probe", "--identity", nullptr);
    _exit(errno == ENOENT ? 2 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 42)
    return open("a setuid program changed the user");
  return blocked("the user stayed the same", EPERM);
}

constexpr Probe probes[] = {
    {"F1-home", "A listing of the home", home_listing},
    {"F1-ssh-key", "A private SSH key", ssh_key},
    {"F1-shadow", "The file of password hashes", shadow},
    {"F1-accounts", "The names of the machine's accounts", accounts},
    {"F1-host-name", "The machine's name", host_name},
    {"F1-environment", "A secret in the launcher's environment", own_environment},
    {"F1-write-home", "A start-up file in the home", write_home},
    {"F2-dataset", "A dataset that was not granted", other_dataset},
    {"F2-beside", "A file beside the granted one", beside_the_grant},
    {"F2-above", "A file by .. from the granted one", above_the_grant},
    {"F4-symbolic-link", "A symbolic link to a dataset", symbolic_link},
    {"F4-hard-link", "A hard link to a dataset", hard_link},
    {"F4-hard-link-grant", "A hard link that makes the granted file writable", hard_link_of_grant,
     workspace},
    {"F4-rename-in", "A file of the home moved into the cell", rename_in},
    {"F4-rename-out", "A file moved from the cell into the home", rename_out},
    {"F6-handle", "A file by its handle", by_handle, privileged | root_only | optional},
    {"F7-host-executed", "A file that the host's programs run", host_executed},
    {"F8-fifo", "A named pipe in the project's folder", make_fifo},
    {"F8-device", "A device node", make_device, privileged | root_only},
    {"F8-disk", "The machine's disks", disk, privileged | root_only | optional},
    {"F8-memory", "The machine's memory", memory_device, privileged | root_only | optional},
    {"F8-kernel-log", "The kernel's log device", kernel_log, privileged | root_only | optional},
    {"F8-other-devices", "Other devices with a large kernel side", other_devices,
     privileged | root_only | optional},
    {"F10-setuid", "A setuid program", setuid_program, root_only},
};

}  // namespace

Family file_family() {
  return {"files", probes};
}

}  // namespace cloister::probe
