// SPDX-License-Identifier: Apache-2.0
// Namespaces, mounts and other processes' memory: the usual steps of an escape (P1, P2, P3, P5).
#include "reach.hpp"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

pid_t decoy(const Fixtures& fixtures) {
  return static_cast<pid_t>(fixtures.number("decoy_pid"));
}

Verdict unshare_user(const Fixtures&) {
  return in_child([] {
    return unshare(CLONE_NEWUSER) == 0 ? open("a user namespace was made") : blocked("unshare");
  });
}

Verdict clone_user(const Fixtures&) {
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child < 0) return blocked("clone");
  if (child == 0) _exit(0);
  waitpid(static_cast<pid_t>(child), nullptr, 0);
  return open("a user namespace was made");
}

Verdict clone3_user(const Fixtures&) {
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER;
  arguments.exit_signal = SIGCHLD;
  long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) return blocked("clone3");
  if (child == 0) _exit(0);
  waitpid(static_cast<pid_t>(child), nullptr, 0);
  return open("a user namespace was made");
}

// Root in a namespace of one's own, and from there what root may do: the root folder.
Verdict change_root(const Fixtures&) {
  return in_child([] {
    if (chroot("/") == 0) return open("chroot was done");
    if (unshare(CLONE_NEWUSER) != 0) return blocked("chroot, unshare");
    return chroot("/") == 0 ? open("chroot was done") : blocked("chroot");
  });
}

Verdict unshare_network(const Fixtures&) {
  return in_child([] {
    return unshare(CLONE_NEWNET) == 0 ? open("a network namespace was made") : blocked("unshare");
  });
}

Verdict enter_namespace(const Fixtures& fixtures) {
  return in_child([&] {
    std::string path = "/proc/" + std::to_string(decoy(fixtures)) + "/ns/net";
    int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) file = ::open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
    if (file < 0) return blocked("open of a namespace");
    return setns(file, CLONE_NEWNET) == 0 ? open("another namespace was entered")
                                          : blocked("setns");
  });
}

Verdict mount_memory(const Fixtures&) {
  return mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 ? open("a file system was mounted")
                                                         : blocked("mount");
}

Verdict mount_bind(const Fixtures& fixtures) {
  std::string granted = fixtures.text("granted");
  return mount(granted.c_str(), granted.c_str(), nullptr, MS_BIND, nullptr) == 0
             ? open("a bind mount was made")
             : blocked("mount");
}

Verdict remount(const Fixtures& fixtures) {
  std::string granted = fixtures.text("granted");
  if (mount(nullptr, granted.c_str(), nullptr, MS_REMOUNT | MS_BIND, nullptr) == 0)
    return open("a mount was made writable");
  int error = errno;
  // Outside, the granted file is no mount point of its own: the root is.
  if (error == EINVAL && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
    return open("the propagation of mounts was changed");
  return blocked("mount", error);
}

Verdict open_file_system(const Fixtures&) {
  long context = syscall(SYS_fsopen, "tmpfs", 0);
  if (context < 0) return blocked("fsopen");
  ::close(static_cast<int>(context));
  return open("a file system was opened");
}

Verdict open_mount_tree(const Fixtures&) {
  constexpr unsigned clone_tree = 0x8001;  // OPEN_TREE_CLONE, AT_RECURSIVE
  long tree = syscall(SYS_open_tree, AT_FDCWD, "/", clone_tree);
  if (tree < 0) return blocked("open_tree");
  ::close(static_cast<int>(tree));
  return open("the tree of mounts was copied");
}

Verdict set_mount_attributes(const Fixtures&) {
  struct {
    std::uint64_t set, clear, propagation, user_namespace;
  } attributes{0, 0, MS_PRIVATE, 0};
  return syscall(SYS_mount_setattr, AT_FDCWD, "/", 0x8000, &attributes, sizeof attributes) == 0
             ? open("attributes of mounts were changed")
             : blocked("mount_setattr");
}

Verdict unmount(const Fixtures&) {
  for (const char* path : {"/dev/shm", "/tmp", "/proc"})
    if (umount2(path, MNT_DETACH) == 0) return open(std::string(path) + " was unmounted");
  return blocked("umount2");
}

Verdict trace_process(const Fixtures& fixtures) {
  if (ptrace(PTRACE_SEIZE, decoy(fixtures), nullptr, nullptr) != 0) return blocked("ptrace");
  ptrace(PTRACE_DETACH, decoy(fixtures), nullptr, nullptr);
  return open("a process of the outside was traced");
}

Verdict trace_child(const Fixtures&) {
  pid_t child = fork();
  if (child < 0) return blocked("fork");
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : errno);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return open("a child is traced");
  return blocked("ptrace", WIFEXITED(status) ? WEXITSTATUS(status) : EPERM);
}

Verdict read_memory(const Fixtures& fixtures) {
  char content[64] = {};
  iovec here{.iov_base = content, .iov_len = sizeof content};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the system call says -1 as a pointer
  iovec there{.iov_base = reinterpret_cast<void*>(fixtures.number("decoy_secret_address")),
              .iov_len = sizeof content};
  ssize_t size = process_vm_readv(decoy(fixtures), &here, 1, &there, 1, 0);
  if (size < 0) return blocked("process_vm_readv");
  return holds_secret({content, static_cast<std::size_t>(size)})
             ? open("memory of the outside was read")
             : blocked("not the outside's memory", ENODATA);
}

// Writes back what it reads.
Verdict write_memory(const Fixtures& fixtures) {
  std::string content(cloister::probe::secret_prefix);
  iovec here{.iov_base = content.data(), .iov_len = content.size()};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the system call says -1 as a pointer
  iovec there{.iov_base = reinterpret_cast<void*>(fixtures.number("decoy_secret_address")),
              .iov_len = content.size()};
  return process_vm_writev(decoy(fixtures), &here, 1, &there, 1, 0) > 0
             ? open("memory of the outside was written")
             : blocked("process_vm_writev");
}

Verdict take_descriptor(const Fixtures& fixtures) {
  long process = syscall(SYS_pidfd_open, decoy(fixtures), 0);
  if (process < 0) return blocked("pidfd_open");
  long taken = syscall(SYS_pidfd_getfd, process, 1, 0);
  Verdict verdict =
      taken >= 0 ? open("a descriptor of the outside was taken") : blocked("pidfd_getfd");
  if (taken >= 0) ::close(static_cast<int>(taken));
  ::close(static_cast<int>(process));
  return verdict;
}

Verdict compare_processes(const Fixtures& fixtures) {
  return syscall(SYS_kcmp, getpid(), decoy(fixtures), KCMP_VM, 0, 0) >= 0
             ? open("kernel objects of processes were compared")
             : blocked("kcmp");
}

// Types into the terminal as if the person did.
Verdict type_into_terminal(const Fixtures&) {
  char letter = 'x';
  return ioctl(0, TIOCSTI, &letter) == 0 ? open("a letter was typed into the terminal")
                                         : blocked("TIOCSTI");
}

Verdict take_terminal(const Fixtures&) {
  return ioctl(0, TIOCSCTTY, 1) == 0 ? open("the terminal was taken over") : blocked("TIOCSCTTY");
}

constexpr Probe probes[] = {
    {"P1-user-namespace", "A user namespace by unshare", unshare_user, optional},
    {"P1-clone", "A user namespace by clone", clone_user, optional},
    {"P1-clone3", "A user namespace by clone3", clone3_user, optional},
    {"P1-root-folder", "Another root folder", change_root, optional},
    {"P1-network-namespace", "A network namespace", unshare_network, privileged},
    {"P1-enter", "Entering the machine's network namespace", enter_namespace, privileged},
    {"P2-mount", "Mounting a file system", mount_memory, privileged},
    {"P2-bind", "A bind mount", mount_bind, privileged},
    {"P2-remount", "Making a read-only mount writable", remount, privileged},
    {"P2-open", "A file system by fsopen", open_file_system, privileged},
    {"P2-tree", "A copy of the tree of mounts", open_mount_tree, privileged},
    {"P2-attributes", "Attributes of mounts", set_mount_attributes, privileged},
    {"P2-unmount", "Unmounting what hides something", unmount, privileged},
    {"P3-trace", "Tracing a process of the machine", trace_process, optional},
    {"P3-trace-child", "Tracing at all", trace_child, optional},
    {"P3-read-memory", "Reading another process's memory", read_memory, optional},
    {"P3-write-memory", "Writing another process's memory", write_memory, optional},
    {"P3-descriptor", "Taking another process's descriptor", take_descriptor, optional},
    {"P3-compare", "Comparing kernel objects", compare_processes, optional},
    {"P5-type", "Typing into the launcher's terminal", type_into_terminal, terminal | optional},
    {"P5-take", "Taking over the launcher's terminal", take_terminal,
     terminal | privileged | root_only},
};

}  // namespace

Family privilege_family() {
  return {"privilege", probes};
}

}  // namespace cloister::probe
