// SPDX-License-Identifier: Apache-2.0
// The last step into a cell. bubblewrap starts this as process 1 of the cell's pid namespace. It
// forks: the child takes on every protection of the plan and executes the payload; process 1 waits,
// tells how the payload ended, and goes, which ends every process that is left.
#include "plan.hpp"
#include "protections.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace cloister::seal {
namespace {

void tell(Step step, int value, const char* where = "") {
  Message message = {.step = step, .value = value, .where = {}};
  strncpy(message.where, where, sizeof message.where - 1);
  // write, not sendmsg: that would have to ask the supervisor who reads this.
  [[maybe_unused]] ssize_t told = write(control_descriptor, &message, sizeof message);
}

[[noreturn]] void give_up(const char* where) {
  tell(Step::failed, errno, where);
  _exit(125);
}

void await_answer() {
  char answer = 0;
  ssize_t got = 0;
  do {
    got = read(control_descriptor, &answer, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) _exit(125);  // the supervisor is gone
}

void close_range_or_give_up(unsigned first, unsigned last) {
  if (first <= last && syscall(SYS_close_range, first, last, 0) != 0) give_up("close descriptors");
}

// Puts the payload's descriptors under its numbers (all below the seal's own); standard streams
// that the plan does not name become /dev/null.
void place_descriptors(const Plan& plan, bool (&kept)[control_descriptor]) {
  for (unsigned i = 0; i < plan.moved_count; ++i) {
    const Moved& moved = plan.moved[i];
    if (moved.to < 0 || moved.to >= control_descriptor) {
      errno = EBADF;
      give_up("place descriptors");
    }
    if (dup2(moved.from, moved.to) < 0) give_up("place descriptors");
    kept[moved.to] = true;
  }
  for (int standard = 0; standard < 3; ++standard) {
    if (kept[standard]) continue;
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0) give_up("open /dev/null");
    if (nothing != standard) {
      if (dup2(nothing, standard) < 0) give_up("place descriptors");
      close(nothing);
    }
    kept[standard] = true;
  }
}

// SECURITY: nothing of the launcher's reaches the payload but what its specification names
// (test: test_open_descriptors_are_those_of_the_table).
void close_others(const bool (&kept)[control_descriptor]) {
  int first = 0;  // of a run of descriptors to close
  for (int i = 0; i <= control_descriptor; ++i) {
    if (i < control_descriptor && !kept[i]) continue;
    if (first < i)
      close_range_or_give_up(static_cast<unsigned>(first), static_cast<unsigned>(i - 1));
    first = i + 1;
  }
  close_range_or_give_up(control_descriptor + 1, UINT_MAX);
}

[[noreturn]] void become_payload(Plan& plan) {
  bool kept[control_descriptor] = {};
  place_descriptors(plan, kept);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no new privileges");
  if (!enter_landlock(plan)) give_up("Landlock");
  if (chdir(plan.folder) != 0) give_up("enter the working folder");
  // A group of its own: an interrupt reaches what the payload started, as in a terminal.
  if (setpgid(0, 0) != 0) give_up("make a process group");
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  if (!set_limits(plan)) give_up("resource limits");
  int listener = -1;
  if (plan.filter.len > 0) {
    listener = install_filter(plan);
    if (listener < 0) give_up("seccomp");
  }
  // SECURITY: the supervisor takes its own copy before the answer comes; ours is closed before the
  // payload exists (test: test_the_listener_is_out_of_reach).
  tell(Step::listener, listener);
  await_answer();
  close_others(kept);
  fcntl(control_descriptor, F_SETFD, FD_CLOEXEC);
  execve(plan.arguments[0], plan.arguments, plan.variables);
  give_up("execute");
}

[[noreturn]] void watch(pid_t payload) {
  // Only the status pipe stays; bubblewrap's and the payload's descriptors are not ours to hold.
  close_range_or_give_up(0, status_descriptor - 1);
  syscall(SYS_close_range, status_descriptor + 1, UINT_MAX, 0);
  // SECURITY: nobody in the cell can trace process 1 or read its memory
  // (test: test_process_1_cannot_be_read).
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (!install_waiting_filter()) _exit(125);
  for (;;) {
    int status = 0;
    pid_t ended = wait4(-1, &status, 0, nullptr);
    if (ended < 0 && errno != EINTR) _exit(125);
    if (ended != payload) continue;
    Ended message = {.status = status};
    [[maybe_unused]] ssize_t told = write(status_descriptor, &message, sizeof message);
    _exit(0);
  }
}

}  // namespace
}  // namespace cloister::seal

int main() {
  using namespace cloister::seal;
  static Plan plan;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no new privileges");
  tell(Step::ready, 0);
  await_answer();
  if (!read_plan(plan_descriptor, plan)) {
    errno = EINVAL;
    give_up("read the plan");
  }
  pid_t payload = fork();
  if (payload < 0) give_up("fork");
  if (payload == 0) become_payload(plan);
  watch(payload);
}
