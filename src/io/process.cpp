// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/process.hpp"

#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace cloister::io {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Moves the inherited descriptors to their numbers; first out of each other's way, above all of
// them.
bool place_descriptors(const Command& command, std::vector<int>& moved, int failure) {
  int above = 3;
  for (const Inherited& inherited : command.descriptors)
    above = std::max(above, inherited.number + 1);
  above = std::max(above, failure + 1);
  for (std::size_t i = 0; i < command.descriptors.size(); ++i) {
    moved[i] = fcntl(command.descriptors[i].descriptor->number(), F_DUPFD, above);
    if (moved[i] < 0) return false;
  }
  for (std::size_t i = 0; i < command.descriptors.size(); ++i)
    if (dup2(moved[i], command.descriptors[i].number) < 0) return false;
  return true;
}

// Closes all descriptors but 0 to 2, those that were placed, and `failure` (close-on-exec).
void close_others(const Command& command, int failure) {
  std::array<bool, 256> keep{};
  keep[0] = keep[1] = keep[2] = true;
  keep[static_cast<std::size_t>(failure)] = true;
  for (const Inherited& inherited : command.descriptors)
    keep[static_cast<std::size_t>(inherited.number)] = true;
  for (unsigned i = 0; i < keep.size(); ++i)
    if (!keep[i]) ::close(static_cast<int>(i));
  syscall(SYS_close_range, static_cast<unsigned>(keep.size()), UINT_MAX, 0);
}

// Between fork and exec: only async-signal-safe calls, no allocation.
[[noreturn]] void become(const Command& command, char* const* arguments, char* const* environment,
                         std::vector<int>& moved, int failure, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // What our own starter ignores (nohup, a shell's background) is not the child's wish.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  bool ready =
      !command.end_with_parent || (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent);
  if (ready && dup2(failure, 255) == 255 && fcntl(255, F_SETFD, FD_CLOEXEC) == 0 &&
      place_descriptors(command, moved, 255)) {
    close_others(command, 255);
    if (chdir(command.folder.c_str()) == 0) execve(arguments[0], arguments, environment);
  }
  int number = errno;
  [[maybe_unused]] ssize_t told = ::write(255, &number, sizeof number);
  _exit(127);
}

}  // namespace

base::Result<Process> Process::start(const Command& command) {
  for (const Inherited& inherited : command.descriptors)
    if (inherited.number < 0 || inherited.number > 200 || !inherited.descriptor->open())
      return base::fail(errors::system, "a descriptor cannot be passed to a child");
  auto arguments = pointers_to(command.arguments);
  auto environment = pointers_to(command.environment);
  std::vector<int> moved(command.descriptors.size(), -1);
  CLOISTER_TRY(DescriptorPair failure, pipe());
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return base::fail_errno(errors::system, "cannot start a process", errno);
  if (child == 0)
    become(command, arguments.data(), environment.data(), moved, failure.second.number(), parent);
  Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  Process process(child, std::move(pidfd));
  failure.second.close();
  int number = 0;
  ssize_t told = 0;
  do {
    told = ::read(failure.first.number(), &number, sizeof number);
  } while (told < 0 && errno == EINTR);
  if (told > 0)
    return base::fail_errno(errors::system, "cannot start " + command.arguments[0], number);
  if (!process.pidfd_.open()) return base::fail_errno(errors::system, "pidfd_open", errno);
  return process;
}

Process::~Process() {
  if (id_ > 0 && !exit_) kill();
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      pidfd_(std::move(other.pidfd_)),
      exit_(std::exchange(other.exit_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  if (id_ > 0 && !exit_) kill();
  id_ = std::exchange(other.id_, -1);
  pidfd_ = std::move(other.pidfd_);
  exit_ = std::exchange(other.exit_, std::nullopt);
  return *this;
}

base::Result<std::optional<Exit>> Process::wait(Deadline deadline) {
  while (!exit_) {
    int wait_ms = -1;
    if (deadline != no_deadline) {
      auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      wait_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
    }
    pollfd wanted{.fd = pidfd_.number(), .events = POLLIN, .revents = 0};
    int ready = poll(&wanted, 1, wait_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return base::fail_errno(errors::system, "cannot wait for a process", errno);
    if (ready == 0) return std::nullopt;
    int status = 0;
    if (waitpid(id_, &status, 0) != id_)
      return base::fail_errno(errors::system, "cannot reap a process", errno);
    exit_ = WIFSIGNALED(status) ? Exit{.code = 0, .signal = WTERMSIG(status)}
                                : Exit{.code = WEXITSTATUS(status), .signal = 0};
  }
  return exit_;
}

void Process::signal(int number) {
  if (!exit_) syscall(SYS_pidfd_send_signal, pidfd_.number(), number, nullptr, 0);
}

void Process::kill() {
  if (exit_) return;
  ::kill(id_, SIGKILL);
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = Exit{.code = 0, .signal = SIGKILL};
}

std::string program_folder() {
  std::array<char, PATH_MAX> path{};
  ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return "/usr/bin";
  std::string whole(path.data(), static_cast<std::size_t>(size));
  return whole.substr(0, whole.rfind('/'));
}

}  // namespace cloister::io
