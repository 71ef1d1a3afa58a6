// SPDX-License-Identifier: Apache-2.0
#include "system_calls.hpp"

#include "cloister/cell/errors.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace cloister::cell {
namespace {

struct Numbered {
  std::string_view name;
  int number;
};

// The same number on every architecture (they are newer than the unified table).
constexpr std::array newer_than_libseccomp = std::to_array<Numbered>({
    {"map_shadow_stack", 453},
    {"futex_wake", 454},
    {"futex_wait", 455},
    {"futex_requeue", 456},
    {"statmount", 457},
    {"listmount", 458},
    {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},
    {"mseal", 462},
    {"setxattrat", 463},
    {"getxattrat", 464},
    {"listxattrat", 465},
    {"removexattrat", 466},
    {"open_tree_attr", 467},
    {"uretprobe", 335},
});

// clang-format off: many to a line reads better
constexpr std::array always = std::to_array<std::string_view>({
    // Files by descriptor and by path; the mounts and Landlock say which.
    "read", "write", "open", "close", "stat", "fstat", "lstat", "poll", "lseek", "pread64",
    "pwrite64", "readv", "writev", "access", "pipe", "select", "dup", "dup2", "sendfile", "fcntl",
    "flock", "fsync", "fdatasync", "truncate", "ftruncate", "getdents", "getcwd", "chdir",
    "fchdir", "rename", "mkdir", "rmdir", "creat", "link", "unlink", "symlink", "readlink",
    "chmod", "fchmod", "umask", "getdents64", "fadvise64", "openat", "mkdirat", "newfstatat",
    "unlinkat", "renameat", "linkat", "symlinkat", "readlinkat", "fchmodat", "faccessat",
    "pselect6", "ppoll", "splice", "tee", "sync_file_range", "vmsplice", "utimensat", "futimesat",
    "fallocate", "utime", "utimes", "dup3", "pipe2", "preadv", "pwritev", "renameat2", "preadv2",
    "pwritev2", "copy_file_range", "statx", "openat2", "faccessat2", "close_range", "fchmodat2",
    "readahead", "statfs", "fstatfs", "getxattr", "lgetxattr", "fgetxattr", "listxattr",
    "llistxattr", "flistxattr", "memfd_create", "cachestat",
    // Memory.
    "mmap", "mprotect", "munmap", "brk", "mremap", "msync", "mincore", "madvise", "mlock",
    "munlock", "mlockall", "munlockall", "mlock2", "pkey_mprotect", "pkey_alloc", "pkey_free",
    "membarrier", "mseal", "get_mempolicy", "set_mempolicy", "mbind", "map_shadow_stack",
    // Threads, time, waiting.
    "futex", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue", "set_robust_list",
    "get_robust_list", "set_tid_address", "rseq", "restart_syscall", "sched_yield",
    "sched_setparam", "sched_getparam", "sched_setscheduler", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval",
    "sched_setaffinity", "sched_getaffinity", "sched_setattr", "sched_getattr", "getcpu",
    "getpriority", "setpriority", "ioprio_get", "ioprio_set", "nanosleep", "clock_gettime",
    "clock_getres", "clock_nanosleep", "gettimeofday", "time", "times", "alarm", "pause",
    "getitimer", "setitimer", "timer_create", "timer_settime", "timer_gettime",
    "timer_getoverrun", "timer_delete", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    "eventfd", "eventfd2", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "epoll_pwait2",
    // Signals and the process itself. A signal reaches its own cell only: pid namespace and
    // Landlock's scope.
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigqueueinfo", "rt_sigsuspend", "rt_tgsigqueueinfo", "sigaltstack", "signalfd",
    "signalfd4", "kill", "tkill", "tgkill", "pidfd_open", "pidfd_send_signal", "exit",
    "exit_group", "wait4", "waitid", "getpid", "getppid", "gettid", "getpgrp", "getpgid",
    "getsid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
    "capget", "prctl", "arch_prctl", "getrlimit", "getrusage", "sysinfo", "uname", "getrandom",
    // Sockets that exist already: receiving, and what needs no address.
    "recvfrom", "recvmsg", "recvmmsg", "shutdown", "getsockname", "getpeername", "getsockopt",
    "setsockopt",
});

constexpr std::array kernels = std::to_array<std::string_view>({
    "fork", "vfork", "setpgid", "setsid", "accept", "accept4", "listen", "chown", "fchown",
    "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
    "fremovexattr", "inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups", "capset", "sync", "syncfs", "shmget", "shmat", "shmctl", "shmdt", "semget",
    "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open",
    "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",
});

constexpr std::array by_argument = std::to_array<std::string_view>({
    "socket", "socketpair", "connect", "bind", "sendto", "sendmsg", "sendmmsg", "clone", "clone3",
    "execve", "execveat", "ioctl", "mknod", "mknodat", "personality", "setrlimit", "prlimit64",
});

constexpr std::array never = std::to_array<std::string_view>({
    // Other ways to the network and into other processes.
    "io_uring_setup", "io_uring_enter", "io_uring_register", "ptrace", "process_vm_readv",
    "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp",
    "userfaultfd", "perf_event_open", "bpf", "uretprobe",
    // Secrets that outlive a process or hide from it.
    "add_key", "request_key", "keyctl", "memfd_secret",
    // Mounts, namespaces, files by handle.
    "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "move_mount", "fsopen",
    "fsconfig", "fsmount", "fspick", "open_tree", "open_tree_attr", "mount_setattr",
    "name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark", "quotactl",
    "quotactl_fd", "acct", "swapon", "swapoff",
    // The machine.
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "create_module", "query_module", "get_kernel_syms", "iopl", "ioperm", "syslog", "vhangup",
    "sethostname", "setdomainname", "settimeofday", "adjtimex", "clock_settime", "clock_adjtime",
    "modify_ldt", "migrate_pages", "move_pages",
});

constexpr std::array unknown = std::to_array<std::string_view>({
    // glibc uses clone when clone3 is not there; clone's flags can be checked (clone3 itself is
    // answered by a rule of its own).
    "io_setup", "io_destroy", "io_getevents", "io_submit", "io_cancel", "io_pgetevents",
    "remap_file_pages", "set_mempolicy_home_node", "statmount", "listmount", "lsm_get_self_attr",
    "lsm_set_self_attr", "lsm_list_modules", "setxattrat", "getxattrat", "listxattrat",
    "removexattrat", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
    "seccomp", "lookup_dcookie", "sysfs", "ustat", "_sysctl", "uselib", "nfsservctl", "getpmsg",
    "putpmsg", "afs_syscall", "tuxcall", "security", "vserver", "set_thread_area",
    "get_thread_area", "epoll_ctl_old", "epoll_wait_old",
});
// clang-format on

}  // namespace

std::span<const std::string_view> always_allowed() {
  return always;
}
std::span<const std::string_view> allowed_in_kernels() {
  return kernels;
}
std::span<const std::string_view> examined() {
  return by_argument;
}
std::span<const std::string_view> forbidden() {
  return never;
}
std::span<const std::string_view> pretended_unknown() {
  return unknown;
}

base::Result<int> number_of(std::string_view name) {
  if (auto found = std::ranges::find(newer_than_libseccomp, name, &Numbered::name);
      found != newer_than_libseccomp.end())
    return found->number;
  int number = seccomp_syscall_resolve_name(std::string(name).c_str());
  if (number == __NR_SCMP_ERROR)
    return base::fail(errors::filter, fmt::format("no system call is named '{}'", name));
  return number;  // negative: known, but not on this architecture
}

std::string name_of(int number) {
  if (auto found = std::ranges::find(newer_than_libseccomp, number, &Numbered::number);
      found != newer_than_libseccomp.end())
    return std::string(found->name);
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  if (name == nullptr) return fmt::format("system call {}", number);
  std::string copy = name;
  std::free(name);
  return copy;
}

}  // namespace cloister::cell
