// SPDX-License-Identifier: Apache-2.0
// What /proc and /sys tell of other processes and of the machine (F5), and core dumps (F9).
#include "reach.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

std::string decoy_folder(const Fixtures& fixtures) {
  return "/proc/" + std::to_string(fixtures.number("decoy_pid"));
}

// In the cell, process 1 is the cell's own first process; outside, it is the one that stands for
// all others.
std::string first_folder(const Fixtures& fixtures) {
  return "/proc/" + std::to_string(fixtures.number("first_pid"));
}

Verdict first_root(const Fixtures& fixtures) {
  return read_secret(first_folder(fixtures) + "/root" + fixtures.text("other_dataset"));
}

Verdict first_folder_of_work(const Fixtures& fixtures) {
  return read_secret(first_folder(fixtures) + "/cwd/other.csv");
}

Verdict first_environment(const Fixtures& fixtures) {
  return read_secret(first_folder(fixtures) + "/environ");
}

Verdict any_environment(const Fixtures&) {
  bool found = any_process([](const std::string& folder) {
    return read_secret(folder + "/environ").outcome == Outcome::open;
  });
  return found ? open("a secret stands in an environment")
               : blocked("no secret in any environment that can be read", EACCES);
}

Verdict any_command_line(const Fixtures&) {
  bool found = any_process([](const std::string& folder) {
    return read_secret(folder + "/cmdline").outcome == Outcome::open;
  });
  return found ? open("a process of the outside can be seen")
               : blocked("no process of the outside can be seen", ENOENT);
}

Verdict any_descriptor(const Fixtures&) {
  bool found = any_process([](const std::string& folder) {
    for (int number = 3; number < 16; ++number)
      if (read_secret(folder + "/fd/" + std::to_string(number)).outcome == Outcome::open)
        return true;
    return false;
  });
  return found ? open("a file that a process of the outside has open was read")
               : blocked("no such file can be seen", ENOENT);
}

Verdict memory_file(const std::string& folder, const Fixtures& fixtures) {
  int file = ::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return blocked("open");
  char content[64] = {};
  ssize_t size = pread(file, content, sizeof content, fixtures.number("decoy_secret_address"));
  int error = errno;
  ::close(file);
  if (size > 0 && holds_secret({content, static_cast<std::size_t>(size)}))
    return open("memory of the outside was read");
  return blocked("pread", size < 0 ? error : ENODATA);
}

Verdict decoy_memory(const Fixtures& fixtures) {
  return memory_file(decoy_folder(fixtures), fixtures);
}

// The cell's first process started the program: its memory must be out of reach, too.
Verdict first_memory(const Fixtures& fixtures) {
  int file = ::open((first_folder(fixtures) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return blocked("open");
  ::close(file);
  return open("the memory of the first process can be opened");
}

Verdict first_maps(const Fixtures& fixtures) {
  int file = ::open((first_folder(fixtures) + "/maps").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return blocked("open");
  std::string content = read_up_to(file, 4096);
  ::close(file);
  return content.empty() ? blocked("read", EACCES)
                         : open("the memory map of the first process can be read");
}

Verdict open_any(std::initializer_list<const char*> paths, int flags) {
  Verdict last = blocked("none");
  for (const char* path : paths) {
    int file = ::open(path, flags | O_CLOEXEC);
    if (file >= 0) {
      ::close(file);
      return open(std::string("opened ") + path);
    }
    last = blocked(path);
  }
  return last;
}

// Only opened, never written: these change the whole machine.
Verdict machine_settings(const Fixtures&) {
  return open_any({"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
                   "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger"},
                  O_WRONLY);
}

Verdict kernel_memory(const Fixtures&) {
  return open_any({"/proc/kcore", "/proc/kallsyms_all", "/proc/kpagecount"}, O_RDONLY);
}

Verdict network_settings(const Fixtures&) {
  return open_any({"/proc/sys/net/ipv4/ping_group_range", "/proc/sys/net/ipv4/ip_forward"},
                  O_WRONLY);
}

Verdict system_log(const Fixtures&) {
  char line[256];
  int size = klogctl(3, line, sizeof line);  // read all, keep all
  return size >= 0 ? open("the kernel's log was read") : blocked("syslog");
}

Verdict hardware(const Fixtures&) {
  return open_any({"/sys/devices", "/sys/class/net", "/sys/kernel"}, O_RDONLY | O_DIRECTORY);
}

Verdict control_groups(const Fixtures&) {
  return open_any({"/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/cgroup.procs",
                   "/sys/fs/cgroup/unified/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs"},
                  O_WRONLY);
}

// A crash must not write the memory to a file, nor hand it to a program of the host's.
Verdict core_dump(const Fixtures& fixtures) {
  pid_t child = fork();
  if (child < 0) return blocked("fork");
  if (child == 0) {
    rlimit limit{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &limit) != 0) _exit(1);
    if (chdir(fixtures.text("workspace").c_str()) != 0) _exit(1);
    ::signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
  }
  int status = 0;
  waitpid(child, &status, 0);
  unlink((fixtures.text("workspace") + "/core").c_str());
  unlink((fixtures.text("workspace") + "/core." + std::to_string(child)).c_str());
  if (WIFEXITED(status)) return blocked("setrlimit", EPERM);
  return WCOREDUMP(status) ? open("a core dump was written") : blocked("no core dump", EPERM);
}

constexpr Probe probes[] = {
    {"F5-first-root", "A dataset through /proc/1/root", first_root},
    {"F5-first-folder", "A dataset through /proc/1/cwd", first_folder_of_work},
    {"F5-first-environment", "The environment of process 1", first_environment},
    {"F5-any-environment", "The environment of every process", any_environment},
    {"F5-command-lines", "The command lines of the machine's processes", any_command_line},
    {"F5-descriptors", "Files that other processes have open", any_descriptor},
    {"F5-memory", "The memory of a process of the machine", decoy_memory},
    {"F5-first-memory", "The memory of process 1", first_memory},
    {"F5-first-maps", "The memory map of process 1", first_maps},
    {"F5-settings", "The machine's settings in /proc/sys", machine_settings,
     privileged | root_only},
    {"F5-network-settings", "The network's settings in /proc/sys", network_settings, privileged},
    {"F5-kernel-memory", "The kernel's memory in /proc", kernel_memory,
     privileged | root_only | optional},
    {"F5-system-log", "The kernel's log by syslog", system_log, privileged | root_only | optional},
    {"F5-hardware", "The machine's hardware in /sys", hardware},
    {"F5-control-groups", "Leaving the limits by joining another control group", control_groups,
     privileged | root_only | optional},
    {"F9-core-dump", "Memory in a core dump", core_dump, optional},
};

}  // namespace

Family process_folder_family() {
  return {"process-folder", probes};
}

}  // namespace cloister::probe
