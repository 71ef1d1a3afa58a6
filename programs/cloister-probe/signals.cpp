// SPDX-License-Identifier: Apache-2.0
// Acting on processes of the machine: signals, limits, the supervisor, the notify descriptor
// (I6, P6, P7). The process that stands for all of them tells the selftest what reached it.
#include "reach.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

pid_t decoy(const Fixtures& fixtures) {
  return static_cast<pid_t>(fixtures.number("decoy_pid"));
}

Verdict signal_process(const Fixtures& fixtures) {
  if (kill(decoy(fixtures), SIGUSR1) != 0) return blocked("kill");
  return open("a process of the outside was signalled");
}

Verdict signal_thread(const Fixtures& fixtures) {
  if (syscall(SYS_tgkill, decoy(fixtures), decoy(fixtures), SIGUSR1) != 0) return blocked("tgkill");
  return open("a process of the outside was signalled");
}

Verdict queue_signal(const Fixtures& fixtures) {
  if (sigqueue(decoy(fixtures), SIGUSR1, {}) != 0) return blocked("sigqueue");
  return open("a process of the outside was signalled");
}

Verdict signal_by_descriptor(const Fixtures& fixtures) {
  long process = syscall(SYS_pidfd_open, decoy(fixtures), 0);
  if (process < 0) return blocked("pidfd_open");
  long sent = syscall(SYS_pidfd_send_signal, process, SIGUSR1, nullptr, 0);
  Verdict verdict =
      sent == 0 ? open("a process of the outside was signalled") : blocked("pidfd_send_signal");
  ::close(static_cast<int>(process));
  return verdict;
}

// The kernel sends the signal, on the arrival of data.
Verdict signal_by_owner(const Fixtures& fixtures) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return blocked("pipe");
  Verdict verdict = open("a process of the outside owns a descriptor's signals");
  if (fcntl(ends[0], F_SETSIG, SIGUSR1) != 0 || fcntl(ends[0], F_SETOWN, decoy(fixtures)) != 0)
    verdict = blocked("F_SETOWN");
  else if (fcntl(ends[0], F_SETFL, O_ASYNC) != 0 || ::write(ends[1], "x", 1) != 1)
    verdict = blocked("O_ASYNC");
  ::close(ends[0]);
  ::close(ends[1]);
  return verdict;
}

// A process group can reach over the border of a process namespace. The signal is harmless to who
// does not ask for it, and the outside's process does.
Verdict signal_group(const Fixtures&) {
  ::signal(SIGUSR1, SIG_IGN);
  if (kill(0, SIGUSR1) != 0) return blocked("kill of the own group");
  return within("the own process group was signalled");
}

// The leader of the cell as the program sees it, and the number that it has outside.
Verdict end_supervisor(const Fixtures& fixtures) {
  pid_t outside = static_cast<pid_t>(fixtures.number("supervisor_pid"));
  if (kill(outside, 0) == 0 && outside != getpid()) {
    kill(outside, SIGUSR1);
    return open("the supervisor can be signalled");
  }
  return blocked("kill");
}

Verdict limit_process(const Fixtures& fixtures) {
  rlimit limit{};
  if (prlimit(decoy(fixtures), RLIMIT_NOFILE, nullptr, &limit) != 0) return blocked("prlimit");
  return open("the limits of a process of the outside can be read");
}

Verdict schedule_process(const Fixtures& fixtures) {
  cpu_set_t processors;
  if (sched_getaffinity(decoy(fixtures), sizeof processors, &processors) != 0 ||
      sched_setaffinity(decoy(fixtures), sizeof processors, &processors) != 0)
    return blocked("sched_setaffinity");
  return open("a process of the outside can be slowed down");
}

bool is_notify_descriptor(const std::string& path) {
  char target[128];
  ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size > 0 && std::string_view(target, static_cast<std::size_t>(size)).find("seccomp") !=
                         std::string_view::npos;
}

// Looks through every process that can be seen, and takes the descriptor.
Verdict notify_descriptor(const Fixtures&) {
  Verdict verdict = blocked("no such descriptor can be seen", ENOENT);
  any_process([&](const std::string& folder) {
    for (int number = 0; number < 64 && verdict.outcome != Outcome::open; ++number) {
      if (!is_notify_descriptor(folder + "/fd/" + std::to_string(number))) continue;
      int process = static_cast<int>(
          syscall(SYS_pidfd_open, std::stoi(folder.substr(folder.rfind('/') + 1)), 0));
      int taken = process < 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_getfd, process, number, 0));
      verdict = taken >= 0 ? open("a notify descriptor was taken") : blocked("pidfd_getfd");
    }
    return verdict.outcome == Outcome::open;
  });
  return verdict;
}

// A listener of one's own would answer for system calls before the supervisor does.
Verdict own_listener(const Fixtures&) {
  sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  sock_fprog program{.len = 1, .filter = &allow};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  long listener =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  return listener >= 0 ? open("a listener for system calls was made") : blocked("seccomp");
}

constexpr Probe probes[] = {
    {"I6-kill", "A signal to a process of the machine", signal_process},
    {"I6-thread", "A signal to a thread of the machine", signal_thread},
    {"I6-queue", "A queued signal to a process of the machine", queue_signal},
    {"I6-descriptor", "A signal by a process descriptor", signal_by_descriptor, optional},
    {"I6-owner", "A signal that the kernel sends on input", signal_by_owner},
    {"P6-group", "A signal to everybody in the own process group", signal_group, neighbour},
    {"P6-supervisor", "A signal to the cell's supervisor", end_supervisor},
    {"P6-limits", "Limits of a process of the machine", limit_process},
    {"P6-scheduling", "Processors of a process of the machine", schedule_process},
    {"P7-notify", "The descriptor that answers refused system calls", notify_descriptor, optional},
    {"P7-listener", "A listener for system calls of one's own", own_listener, optional},
};

}  // namespace

Family signal_family() {
  return {"signals", probes};
}

}  // namespace cloister::probe
