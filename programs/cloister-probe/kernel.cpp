// SPDX-License-Identifier: Apache-2.0
// Parts of the kernel with a long list of flaws, which no data analysis needs (P4).
#include "reach.hpp"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cloister::probe {
namespace {

// Closes what a call made; open when it made something.
Verdict made(long descriptor, const char* what) {
  if (descriptor < 0) return blocked(what);
  ::close(static_cast<int>(descriptor));
  return open(std::string(what) + " was done");
}

Verdict bpf_map(const Fixtures&) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 8;
  attributes.max_entries = 1;
  return made(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes), "bpf");
}

Verdict perf_event(const Fixtures&) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  return made(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0), "perf_event_open");
}

Verdict user_fault(const Fixtures&) {
  return made(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY), "userfaultfd");
}

Verdict secret_memory(const Fixtures&) {
  return made(syscall(SYS_memfd_secret, 0), "memfd_secret");
}

Verdict notify_files(const Fixtures&) {
  return made(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_CLOEXEC, O_RDONLY),
              "fanotify_init");
}

Verdict ring(const Fixtures&) {
  char parameters[120] = {};
  return made(syscall(SYS_io_uring_setup, 2, parameters), "io_uring_setup");
}

// A module that is none: the kernel says so only to who may load one.
Verdict module(const Fixtures&) {
  long result = syscall(SYS_init_module, "none", 4ul, "");
  if (result == 0 || errno == ENOEXEC) return open("the kernel looked at a module");
  return blocked("init_module");
}

Verdict module_file(const Fixtures&) {
  int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  long result = syscall(SYS_finit_module, file, "", 0);
  int error = errno;
  ::close(file);
  if (result == 0 || error == ENOEXEC) return open("the kernel looked at a module");
  return blocked("finit_module", error);
}

// A kernel image that is none, to be started at the next crash; nothing is loaded.
Verdict kernel_image(const Fixtures&) {
  int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  long result = syscall(SYS_kexec_file_load, file, -1, 1ul, "", 0x6ul);
  int error = errno;
  ::close(file);
  if (result == 0 || error == ENOEXEC || error == EINVAL)
    return open("the kernel looked at another kernel");
  return blocked("kexec_file_load", error);
}

Verdict machine_name(const Fixtures&) {
  return sethostname("probe", 5) == 0 ? open("the machine's name was changed")
                                      : blocked("sethostname");
}

Verdict accounting(const Fixtures&) {
  // A file that is missing: the kernel looks for it only for who may switch accounting on.
  syscall(SYS_acct, "/missing/accounting");
  return errno == ENOENT ? open("process accounting may be switched") : blocked("acct");
}

Verdict raise_priority(const Fixtures&) {
  return setpriority(PRIO_PROCESS, 0, -10) == 0 ? open("the priority was raised")
                                                : blocked("setpriority");
}

Verdict other_user(const Fixtures&) {
  return in_child([] {
    return setresuid(1, 1, 1) == 0 ? open("another user's identity was taken")
                                   : blocked("setresuid");
  });
}

constexpr Probe probes[] = {
    {"P4-bpf", "A bpf map", bpf_map, privileged | root_only | optional},
    {"P4-perf", "A performance counter of all processes", perf_event,
     privileged | root_only | optional},
    {"P4-user-fault", "userfaultfd", user_fault, optional},
    {"P4-secret-memory", "memfd_secret", secret_memory, optional},
    {"P4-notify-files", "fanotify", notify_files, optional},
    {"P4-ring", "io_uring", ring, optional},
    {"P4-module", "A kernel module", module, privileged | root_only | optional},
    {"P4-module-file", "A kernel module from a file", module_file,
     privileged | root_only | optional},
    {"P4-kernel-image", "Another kernel (kexec)", kernel_image, privileged | root_only | optional},
    {"P4-machine-name", "Changing the machine's name", machine_name, privileged},
    {"P4-accounting", "Process accounting", accounting, privileged | root_only | optional},
    {"P4-priority", "A higher priority than others", raise_priority, privileged | root_only},
    {"P4-other-user", "Another user's identity", other_user, privileged | root_only},
};

}  // namespace

Family kernel_family() {
  return {"kernel", probes};
}

}  // namespace cloister::probe
