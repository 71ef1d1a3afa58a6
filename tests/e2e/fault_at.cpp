// SPDX-License-Identifier: Apache-2.0
// Runs a command and lets the disk fail at its n-th call that changes the file system of a home,
// whichever of its processes makes it: fault-at kill|tear|full HOME POINT RECORD COMMAND…
//
//   kill  the call does not happen; the command and all that it started get SIGKILL
//   tear  the first half of the write happens, then the same
//   full  from the point on whatever needs room fails with ENOSPC
//
// POINT counts from 1; 0 only counts. RECORD gets a line for each point,
// "<program>\t<call>\t<file>", then "killed" or "ended\t<exit status>". Who calls may sit in
// namespaces of its own and may not be dumpable: the tracer needs CAP_SYS_PTRACE over it (the test
// gives it, with a user namespace where it is not root).
#include <elf.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Arguments = std::array<std::uint64_t, 6>;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "fault-at: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(3);  // PTRACE_O_EXITKILL ends what is traced
}

// Where a call names what it changes.
struct Place {
  enum class Kind { file, path, path_at, creating, creating_at, mapping, anywhere } kind;
  int argument;  // of the descriptor, or of the path (of its folder's descriptor with …_at)
};

struct Call {
  const char* name;
  Place place;
  bool needs_room = false;
};

const std::map<std::uint64_t, Call>& calls() {
  using enum Place::Kind;
  static const std::map<std::uint64_t, Call> table{
      {SYS_write, {"write", {file, 0}, true}},
      {SYS_pwrite64, {"pwrite", {file, 0}, true}},
      {SYS_writev, {"writev", {file, 0}, true}},
      {SYS_pwritev, {"pwritev", {file, 0}, true}},
      {SYS_pwritev2, {"pwritev2", {file, 0}, true}},
      {SYS_ftruncate, {"ftruncate", {file, 0}}},
      {SYS_fallocate, {"fallocate", {file, 0}, true}},
      {SYS_fsync, {"fsync", {file, 0}}},
      {SYS_fdatasync, {"fdatasync", {file, 0}}},
      {SYS_syncfs, {"syncfs", {file, 0}}},
      {SYS_sync_file_range, {"sync_file_range", {file, 0}}},
      {SYS_fchmod, {"fchmod", {file, 0}}},
      {SYS_fchown, {"fchown", {file, 0}}},
      {SYS_sendfile, {"sendfile", {file, 0}, true}},
      {SYS_copy_file_range, {"copy_file_range", {file, 2}, true}},
      {SYS_splice, {"splice", {file, 2}, true}},
      {SYS_mmap, {"mmap", {mapping, 4}}},
      {SYS_truncate, {"truncate", {path, 0}}},
      {SYS_openat, {"open", {creating_at, 0}}},
      {SYS_renameat2, {"rename", {path_at, 2}}},
      {SYS_unlinkat, {"unlink", {path_at, 0}}},
      {SYS_mkdirat, {"mkdir", {path_at, 0}, true}},
      {SYS_mknodat, {"mknod", {path_at, 0}}},
      {SYS_linkat, {"link", {path_at, 2}}},
      {SYS_symlinkat, {"symlink", {path_at, 1}}},
      {SYS_fchmodat, {"chmod", {path_at, 0}}},
      {SYS_fchownat, {"chown", {path_at, 0}}},
      {SYS_open, {"open", {creating, 0}}},
      {SYS_creat, {"open", {path, 0}}},
      {SYS_rename, {"rename", {path, 1}}},
      {SYS_unlink, {"unlink", {path, 0}}},
      {SYS_rmdir, {"rmdir", {path, 0}}},
      {SYS_mkdir, {"mkdir", {path, 0}, true}},
      {SYS_mknod, {"mknod", {path, 0}}},
      {SYS_link, {"link", {path, 1}}},
      {SYS_symlink, {"symlink", {path, 1}}},
      {SYS_chmod, {"chmod", {path, 0}}},
      {SYS_chown, {"chown", {path, 0}}},
      {SYS_lchown, {"chown", {path, 0}}},
      {SYS_renameat, {"rename", {path_at, 2}}},
      // Their changes could not be counted one by one: the test fails when one appears.
      {SYS_openat2, {"openat2", {anywhere, 0}}},
      {SYS_io_uring_setup, {"io_uring_setup", {anywhere, 0}}},
      {SYS_io_setup, {"io_setup", {anywhere, 0}}},
  };
  return table;
}

// Stops the caller at these calls only: at every call it would take twice as long.
void stop_at_calls() {
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const auto& [number, call] : calls()) {
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0)
    give_up("cannot filter calls");
}

pid_t process_of(pid_t thread) {
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Tgid:"))
      return static_cast<pid_t>(std::strtol(line.c_str() + 5, nullptr, 10));
  return thread;
}

std::string program_of(pid_t process) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(process) + "/comm"), name);
  return name;
}

std::string text_at(pid_t process, std::uint64_t address) {
  std::string text;
  constexpr std::uint64_t page = 4096;
  while (text.size() < PATH_MAX) {
    std::array<char, page> bytes;
    std::uint64_t here = address + text.size();
    iovec ours{bytes.data(), page - here % page};  // the next page may not exist
    iovec theirs{reinterpret_cast<void*>(here), ours.iov_len};
    ssize_t got = process_vm_readv(process, &ours, 1, &theirs, 1, 0);
    if (got < 0 && errno == EFAULT) return {};  // the kernel says the same to the caller
    if (got <= 0) give_up("cannot read a path of " + program_of(process));
    std::string_view part(bytes.data(), static_cast<std::size_t>(got));
    text += part.substr(0, part.find('\0'));
    if (part.contains('\0')) return text;
  }
  return text;
}

// One thread that is about to make a call.
class Caller {
 public:
  Caller(pid_t process, const Arguments& arguments) : process_(process), arguments_(arguments) {}

  // What the call changes on the device, by a name for people; nothing when that lies elsewhere.
  std::optional<std::string> changed(const Place& place, dev_t device) const {
    using enum Place::Kind;
    std::uint64_t first = arguments_.at(place.argument);
    switch (place.kind) {
      case file:
        return file_on(static_cast<int>(first), device);
      case mapping:
        if ((arguments_[3] & 0x3u) != 0x1u || (arguments_[2] & 0x2u) == 0)
          return {};  // shared, writable
        return file_on(static_cast<int>(first), device);
      case creating:
        if ((arguments_.at(place.argument + 1) & (O_CREAT | O_TRUNC)) == 0) return {};
        return path_on(AT_FDCWD, first, device);
      case creating_at:
        if ((arguments_.at(place.argument + 2) & (O_CREAT | O_TRUNC)) == 0) return {};
        return path_on(static_cast<int>(first), arguments_.at(place.argument + 1), device);
      case path:
        return path_on(AT_FDCWD, first, device);
      case path_at:
        return path_on(static_cast<int>(first), arguments_.at(place.argument + 1), device);
      case anywhere:
        return "";
    }
    return {};
  }

 private:
  // A copy of the descriptor; -1 when the caller has none of that number.
  int copy_of(int number) const {
    int held = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
    if (held < 0) give_up("cannot hold " + program_of(process_));
    int copy = static_cast<int>(syscall(SYS_pidfd_getfd, held, number, 0));
    if (copy < 0 && errno != EBADF) give_up("cannot copy a descriptor of " + program_of(process_));
    close(held);
    return copy;
  }

  std::optional<std::string> file_on(int number, dev_t device) const {
    int copy = copy_of(number);
    if (copy < 0) return {};
    struct stat about{};
    bool there = fstat(copy, &about) == 0 && about.st_dev == device &&
                 (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
    std::error_code ignored;
    std::string name =
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(copy), ignored);
    close(copy);
    return there ? std::optional(name) : std::nullopt;
  }

  std::optional<std::string> path_on(int folder, std::uint64_t address, dev_t device) const {
    std::string path = text_at(process_, address);
    std::string own = "/proc/" + std::to_string(process_);
    if (path.starts_with("/")) return folder_on(AT_FDCWD, own + "/root" + path, path, device);
    if (folder == AT_FDCWD) return folder_on(AT_FDCWD, own + "/cwd/" + path, path, device);
    int copy = copy_of(folder);
    if (copy < 0) return {};
    auto found = folder_on(copy, path, path, device);
    close(copy);
    return found;
  }

  static std::optional<std::string> folder_on(int from, const std::string& path,
                                              const std::string& name, dev_t device) {
    std::string folder = std::filesystem::path(path).parent_path();
    struct stat about{};
    if (fstatat(from, folder.empty() ? "." : folder.c_str(), &about, 0) != 0) return {};
    return about.st_dev == device ? std::optional(name) : std::nullopt;
  }

  pid_t process_;
  const Arguments& arguments_;
};

enum class Fault { kill, tear, full };

struct Order {
  Fault fault = Fault::kill;
  dev_t device = 0;
  std::uint64_t point = 0;
  const char* record = nullptr;
  char** command = nullptr;
};

// Of a thread that stands at the beginning or the end of a call.
struct Registers {
  user_regs_struct all{};
  auto& third() { return all.rdx; }
  void skip() { all.orig_rax = ~0ull; }
  void fail_with(int number) { all.rax = static_cast<std::uint64_t>(-number); }
};

class Tracer {
 public:
  explicit Tracer(const Order& order) : order_(order), record_(order.record) {}

  void run() {
    start();
    int status = 0;
    for (pid_t thread = 0; (thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;)
      if (thread > 0) take(thread, status);
    if (killing_)
      record_ << "killed\n";
    else
      record_ << "ended\t" << (WIFEXITED(ended_) ? WEXITSTATUS(ended_) : 128 + WTERMSIG(ended_))
              << "\n";
    record_.flush();
    if (!record_) give_up("cannot write the record");
  }

 private:
  void start() {
    std::array<int, 2> gate{};
    if (pipe2(gate.data(), O_CLOEXEC) != 0) give_up("pipe");
    first_ = fork();
    if (first_ == 0) execute(gate);
    close(gate[0]);
    constexpr auto options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                             PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
                             PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, first_, nullptr, options) != 0 ||
        ptrace(PTRACE_INTERRUPT, first_, nullptr, nullptr) != 0)
      give_up("cannot trace");
    int status = 0;
    if (waitpid(first_, &status, __WALL) != first_ || !WIFSTOPPED(status))
      give_up("cannot stop the command");
    take(first_, status);
    if (write(gate[1], "", 1) != 1) give_up("pipe");
    close(gate[1]);
  }

  [[noreturn]] void execute(const std::array<int, 2>& gate) const {
    char byte = 0;
    while (read(gate[0], &byte, 1) < 0 && errno == EINTR) {
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
          0);  // the tracer's right is not the command's
    stop_at_calls();
    execv(order_.command[0], order_.command);
    _exit(127);
  }

  void take(pid_t thread, int status) {
    if (!WIFSTOPPED(status)) {
      processes_.erase(thread);
      if (thread == first_) ended_ = status;
      return;
    }
    pid_t process = known(thread);
    if (killing_) {
      kill(process, SIGKILL);
      return;
    }
    int signal = WSTOPSIG(status);
    int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC) processes_.erase(thread);
    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
      ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
      return;
    }
    bool at_end = signal == (SIGTRAP | 0x80);
    bool may = event == PTRACE_EVENT_SECCOMP ? may_begin(thread) : !at_end || leave(thread);
    if (!may) return kill_all();
    bool deliver = event == 0 && !at_end;
    // A call that was changed stops once more, at its end.
    ptrace(struck_.contains(thread) ? PTRACE_SYSCALL : PTRACE_CONT, thread, nullptr,
           deliver ? signal : 0);
  }

  // False when the moment has come to end everything.
  bool may_begin(pid_t thread) {
    __ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP)
      return true;  // it has just died
    auto call = calls().find(info.seccomp.nr);
    if (call == calls().end()) return true;
    Arguments arguments{};
    std::copy(std::begin(info.seccomp.args), std::end(info.seccomp.args), arguments.begin());
    pid_t process = known(thread);
    auto changed = Caller(process, arguments).changed(call->second.place, order_.device);
    if (!changed) return true;
    record_ << program_of(process) << "\t" << call->second.name << "\t" << *changed << "\n";
    return enter(thread, call->second);
  }

  bool enter(pid_t thread, const Call& call) {
    ++points_;
    if (order_.point == 0 || points_ < order_.point) return true;
    if (order_.fault == Fault::kill) return false;
    if (order_.fault == Fault::full && !call.needs_room) return true;
    if (order_.fault == Fault::tear)
      change(thread, [](Registers& registers) { registers.third() /= 2; });  // the number of bytes
    else
      change(thread, [](Registers& registers) { registers.skip(); });
    struck_.insert(thread);
    return true;
  }

  bool leave(pid_t thread) {
    if (struck_.erase(thread) == 0) return true;
    if (order_.fault == Fault::tear) return false;
    change(thread, [](Registers& registers) { registers.fail_with(ENOSPC); });
    return true;
  }

  template <typename Change>
  static void change(pid_t thread, Change make) {
    Registers registers;
    iovec place{&registers.all, sizeof registers.all};
    if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &place) != 0)
      give_up("cannot read registers");
    make(registers);
    if (ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &place) != 0) give_up("cannot set registers");
  }

  pid_t known(pid_t thread) {
    auto [place, fresh] = processes_.try_emplace(thread, 0);
    if (fresh) place->second = process_of(thread);
    return place->second;
  }

  // Whoever is stopped makes no call any more; a new child is ended when it reports.
  void kill_all() {
    killing_ = true;
    std::set<pid_t> all{first_};
    for (auto [thread, process] : processes_) all.insert(process);
    for (pid_t process : all) kill(process, SIGKILL);
  }

  Order order_;
  std::ofstream record_;
  pid_t first_ = 0;
  int ended_ = 0;
  bool killing_ = false;
  std::uint64_t points_ = 0;
  std::set<pid_t> struck_;            // threads in a call that was changed
  std::map<pid_t, pid_t> processes_;  // by thread
};

}  // namespace

int main(int count, char** words) {
  const std::map<std::string_view, Fault> faults{
      {"kill", Fault::kill}, {"tear", Fault::tear}, {"full", Fault::full}};
  auto fault = count < 6 ? faults.end() : faults.find(words[1]);
  if (fault == faults.end()) {
    std::fputs("usage: fault-at kill|tear|full HOME POINT RECORD COMMAND…\n", stderr);
    return 2;
  }
  struct stat home{};
  if (stat(words[2], &home) != 0) give_up(words[2]);
  Tracer({.fault = fault->second,
          .device = home.st_dev,
          .point = std::strtoull(words[3], nullptr, 10),
          .record = words[4],
          .command = words + 5})
      .run();
}
