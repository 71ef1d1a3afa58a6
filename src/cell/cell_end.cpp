// SPDX-License-Identifier: Apache-2.0
#include "cell_end.hpp"

#include "cloister/cell/seal_plan.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace cloister::cell {
namespace {

void say_why(const RunningCell& cell, const Limits& limits, CellExit& exit) {
  if (exit.reason != EndReason::signalled && exit.reason != EndReason::exited) return;
  if (cell.group.memory_kills() > 0 && exit.message.empty())
    exit.message = "the memory limit of the cell was reached";
  if (exit.reason == EndReason::signalled && exit.signal == SIGXCPU &&
      limits.cpu_time.count() > 0) {
    exit.reason = EndReason::timeout;
    exit.message = "the cell used more CPU time than it may";
  }
}

}  // namespace

void read_end(const RunningCell& cell, CellExit& exit) {
  seal::Ended message{};
  ssize_t got = read(cell.status.number(), &message, sizeof message);
  exit.reason = EndReason::signalled;
  if (got != sizeof message) {  // process 1 was killed: by the memory limit, or from outside
    exit.signal = SIGKILL;
  } else if (WIFSIGNALED(message.status)) {
    exit.signal = WTERMSIG(message.status);
  } else {
    exit.reason = EndReason::exited;
    exit.code = WEXITSTATUS(message.status);
  }
}

void complete_exit(RunningCell& cell, const Limits& limits, CellExit& exit) {
  NetworkCounters counters = cell.witness.read();
  exit.unrouted = counters.unrouted;
  exit.interfaces = std::move(counters.interfaces);
  say_why(cell, limits, exit);
}

}  // namespace cloister::cell
