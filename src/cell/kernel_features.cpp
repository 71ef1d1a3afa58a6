// SPDX-License-Identifier: Apache-2.0
#include "kernel_features.hpp"

#include "cloister/cell/landlock.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace cloister::cell {

int landlock_abi() {
  long abi = syscall(landlock::create_ruleset_call, nullptr, 0, landlock::create_ruleset_version);
  return static_cast<int>(std::max(abi, 0l));
}

bool has_seccomp_notify() {
  seccomp_notif_sizes sizes{};
  return syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0 &&
         sizes.seccomp_notif <= sizeof(seccomp_notif) &&
         sizes.seccomp_notif_resp <= sizeof(seccomp_notif_resp);
}

// Fixed places: nothing that the environment says decides what builds the wall.
std::string find_bubblewrap() {
  for (const char* path : {"/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap"})
    if (access(path, X_OK) == 0) return path;
  return {};
}

}  // namespace cloister::cell
