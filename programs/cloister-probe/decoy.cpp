// SPDX-License-Identifier: Apache-2.0
// The process that stands for all processes of the outside. It holds a secret in its environment,
// its command line, its memory and an open file, and a seccomp notify descriptor; it tells on
// descriptor 1 where its secret lies, and of every signal that reaches it.
#include "reach.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cloister::probe {

int run_decoy() {
  const char* secret = std::getenv("OUTSIDE_SECRET");
  if (secret == nullptr) return 2;
  char* copy = strdup(secret);
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);

  sigset_t wanted;
  sigemptyset(&wanted);
  for (int number : {SIGUSR1, SIGUSR2, SIGTERM, SIGIO}) sigaddset(&wanted, number);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  // The selftest lets go of its terminal between probes, which hangs up on its session.
  ::signal(SIGHUP, SIG_IGN);
  int signals = signalfd(-1, &wanted, SFD_CLOEXEC);

  // A listener for a system call that nobody makes; needs no privilege with no_new_privs.
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_vhangup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{.len = 4, .filter = filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  long listener =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

  boost::json::object told{
      {"decoy_pid", static_cast<std::int64_t>(getpid())},
      {"decoy_secret_address", static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(copy))},
      {"listener", static_cast<std::int64_t>(listener)},
  };
  std::string line = boost::json::serialize(told) + "\n";
  if (::write(1, line.data(), line.size()) < 0) return 1;
  for (;;) {
    signalfd_siginfo signal;
    if (::read(signals, &signal, sizeof signal) != sizeof signal) continue;
    line = "signal " + std::to_string(signal.ssi_signo) + "\n";
    if (::write(1, line.data(), line.size()) < 0) return 1;
  }
}

}  // namespace cloister::probe
