// SPDX-License-Identifier: Apache-2.0
#include "protections.hpp"

#include "cloister/cell/landlock.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace cloister::seal {
namespace {

namespace landlock = cloister::cell::landlock;

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#endif

}  // namespace

bool set_limits(const Plan& plan) {
  for (unsigned i = 0; i < plan.limit_count; ++i) {
    const ResourceLimit& limit = plan.limits[i];
    rlimit64 value = {.rlim_cur = limit.soft, .rlim_max = limit.hard};
    if (setrlimit64(static_cast<__rlimit_resource>(limit.resource), &value) != 0) return false;
  }
  return true;
}

bool enter_landlock(const Plan& plan) {
  if (!plan.has_landlock) return true;
  const std::uint64_t attribute[3] = {plan.ruleset.handled_access_fs,
                                      plan.ruleset.handled_access_net, plan.ruleset.scoped};
  long ruleset = syscall(landlock::create_ruleset_call, attribute, plan.ruleset.size, 0);
  if (ruleset < 0) return false;
  for (unsigned i = 0; i < plan.rule_count; ++i) {
    int parent = open(plan.rules[i].path, O_PATH | O_CLOEXEC);
    if (parent < 0) return false;
    landlock::PathBeneath rule = {.allowed_access = plan.rules[i].access, .parent = parent};
    if (syscall(landlock::add_rule_call, ruleset, landlock::rule_path_beneath, &rule, 0) != 0)
      return false;
    close(parent);
  }
  bool entered = syscall(landlock::restrict_self_call, ruleset, 0) == 0;
  close(static_cast<int>(ruleset));
  return entered;
}

int install_filter(const Plan& plan) {
  // Signals wait while a call is with the supervisor (Linux 5.19): otherwise an interrupted call is
  // recorded twice.
  constexpr unsigned wait_killable = 1u << 5;
  unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  long listener =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | wait_killable, &plan.filter);
  if (listener < 0 && errno == EINVAL)
    listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &plan.filter);
  return static_cast<int>(listener);
}

bool install_waiting_filter() {
  constexpr int calls[] = {SYS_wait4,        SYS_waitid, SYS_write,          SYS_exit_group,
                           SYS_rt_sigreturn, SYS_exit,   SYS_restart_syscall};
  constexpr unsigned count = sizeof calls / sizeof calls[0];
  sock_filter program[4 + 2 * count + 1] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_architecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  unsigned at = 4;
  for (int call : calls) {
    program[at++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1);
    program[at++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  program[at++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  sock_fprog filter = {.len = static_cast<unsigned short>(at), .filter = program};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

}  // namespace cloister::seal
