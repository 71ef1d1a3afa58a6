// SPDX-License-Identifier: Apache-2.0
// The kernel's side of the fake outside world: namespaces, addresses, shared objects, a process.
#include "cloister/cell/errors.hpp"
#include "cloister/wire/json.hpp"

#include "outside_world.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cloister::cell {
namespace {

constexpr key_t sysv_key = 0x636c6f69;
constexpr const char* posix_name = "cloister-outside";
constexpr const char* key_name = "cloister-outside-key";

base::Outcome write_text(const std::string& path, const std::string& text) {
  io::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.open() || ::write(file.number(), text.data(), text.size()) < 0)
    return base::fail_errno(errors::selftest, "cannot write " + path, errno);
  return {};
}

// Also for alias labels such as "lo:1".
bool add_address4(int socket, const char* label, std::string_view address) {
  ifreq request{};
  std::strncpy(request.ifr_name, label, IFNAMSIZ - 1);
  auto* value = reinterpret_cast<sockaddr_in*>(&request.ifr_addr);
  value->sin_family = AF_INET;
  inet_pton(AF_INET, std::string(address).c_str(), &value->sin_addr);
  if (ioctl(socket, SIOCSIFADDR, &request) != 0) return false;
  value->sin_addr.s_addr = 0xffffffff;
  return ioctl(socket, SIOCSIFNETMASK, &request) == 0;
}

bool add_address6(std::string_view address) {
  struct {
    in6_addr address;
    std::uint32_t prefix;
    int interface;
  } request{{}, 128, 1};
  inet_pton(AF_INET6, std::string(address).c_str(), &request.address);
  io::Descriptor socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket.open() && ioctl(socket.number(), SIOCSIFADDR, &request) == 0;
}

// Ends nobody, and unlike an ignored signal it is not inherited over exec.
void take_no_notice(int) {}

}  // namespace

base::Outcome OutsideWorld::make_namespaces() {
  int flags = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  if (unshare(as_root_ ? flags : flags | CLONE_NEWUSER) != 0)
    return base::fail_errno(errors::selftest, "cannot make the outside's namespaces", errno);
  if (!as_root_) {
    // The same numbers inside: whoever is executed from here is the same plain user again.
    CLOISTER_TRY_DO(write_text("/proc/self/setgroups", "deny"));
    CLOISTER_TRY_DO(write_text("/proc/self/uid_map", fmt::format("{} {} 1", person_, person_)));
    CLOISTER_TRY_DO(write_text("/proc/self/gid_map", fmt::format("{} {} 1", group_, group_)));
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return base::fail_errno(errors::selftest, "cannot make the mounts private", errno);
  setsid();
  for (int number : {SIGUSR1, SIGUSR2, SIGHUP, SIGCONT}) ::signal(number, take_no_notice);
  ::signal(SIGPIPE, SIG_IGN);
  return {};
}

base::Outcome OutsideWorld::make_network() {
  io::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK | IFF_MULTICAST;
  if (!socket.open() || ioctl(socket.number(), SIOCSIFFLAGS, &request) != 0)
    return base::fail_errno(errors::selftest, "cannot set the outside's network up", errno);
  if (!add_address4(socket.number(), "lo:1", outside_address4) ||
      !add_address4(socket.number(), "lo:2", outside_resolver) ||
      !add_address4(socket.number(), "lo:3", outside_metadata) || !add_address6(outside_address6))
    return base::fail_errno(errors::selftest, "cannot give the outside its addresses", errno);
  // So that the probe of ICMP datagrams has a control that works. Where the kernel refuses, the
  // control says so.
  (void)write_text("/proc/sys/net/ipv4/ping_group_range", fmt::format("{} {}", group_, group_));
  return {};
}

base::Outcome OutsideWorld::make_shared_objects() {
  fixtures_["sysv_key"] = sysv_key;
  fixtures_["posix_name"] = posix_name;
  int memory = shmget(sysv_key, 4096, IPC_CREAT | IPC_EXCL | 0666);
  int queue = msgget(sysv_key, IPC_CREAT | IPC_EXCL | 0666);
  int semaphore = semget(sysv_key, 1, IPC_CREAT | IPC_EXCL | 0666);
  void* area = memory < 0 ? nullptr : shmat(memory, nullptr, 0);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): shmat says -1 as a pointer
  if (area == nullptr || area == reinterpret_cast<void*>(-1) || queue < 0 || semaphore < 0)
    return base::fail_errno(errors::selftest, "cannot make shared objects", errno);
  std::memcpy(area, secret_.c_str(), secret_.size() + 1);
  // Enough messages for the control and the cell: each takes one.
  struct {
    long type = 1;
    std::array<char, 128> text{};
  } message;
  std::memcpy(message.text.data(), secret_.data(), secret_.size());
  for (int i = 0; i < 8; ++i) msgsnd(queue, &message, secret_.size(), IPC_NOWAIT);

  if (mount("outside", "/dev/shm", "tmpfs", MS_NODEV | MS_NOSUID, "size=64m,mode=1777") == 0) {
    io::Descriptor file(::open(fmt::format("/dev/shm/{}", posix_name).c_str(),
                               O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!file.open() || ::write(file.number(), secret_.data(), secret_.size()) < 0 ||
        fchown(file.number(), person_, group_) != 0)
      return base::fail_errno(errors::selftest, "cannot make shared memory", errno);
  }
  mq_attr attributes{};
  attributes.mq_maxmsg = 8;
  attributes.mq_msgsize = 128;
  mqd_t posix_queue = mq_open(fmt::format("/{}", posix_name).c_str(), O_WRONLY | O_CREAT | O_EXCL,
                              0666, &attributes);
  if (posix_queue >= 0) {
    fchmod(posix_queue, 0666);
    for (int i = 0; i < 4; ++i) mq_send(posix_queue, secret_.data(), secret_.size(), 0);
    mq_close(posix_queue);
  }
  return {};
}

// In a session keyring of the world's own, which everything started from here inherits.
base::Outcome OutsideWorld::make_key() {
  fixtures_["key_name"] = key_name;
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0) return {};  // no keyrings here
  long key = syscall(SYS_add_key, "user", key_name, secret_.data(), secret_.size(),
                     KEY_SPEC_SESSION_KEYRING);
  if (key < 0) return base::fail_errno(errors::selftest, "cannot add a key", errno);
  constexpr unsigned everybody = 0x3f3f3f3f;
  syscall(SYS_keyctl, KEYCTL_SETPERM, key, everybody);
  syscall(SYS_keyctl, KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, everybody);
  return {};
}

base::Outcome OutsideWorld::start_other_process() {
  CLOISTER_TRY(io::DescriptorPair output, io::pipe());
  std::string program = path("bin/probe");
  std::string folder = path("data");
  std::string variable = "OUTSIDE_SECRET=" + secret_;
  const char* arguments[] = {program.c_str(), "--decoy", secret_.c_str(), nullptr};
  const char* variables[] = {variable.c_str(), nullptr};
  pid_t parent = getpid();
  other_process_ = fork();
  if (other_process_ < 0) return base::fail_errno(errors::selftest, "cannot fork", errno);
  if (other_process_ == 0) {
    bool ready = !as_root_ || (setresgid(group_, group_, group_) == 0 &&
                               setresuid(person_, person_, person_) == 0);
    ready = ready && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
            chdir(folder.c_str()) == 0 && dup2(output.second.number(), 1) == 1;
    int held = ::open("other.csv", O_RDONLY);
    if (ready && held >= 0) dup2(held, 9);
    if (ready)
      execve(program.c_str(), const_cast<char**>(arguments), const_cast<char**>(variables));
    _exit(127);
  }
  other_output_ = std::move(output.first);
  std::string line;
  pollfd wanted{.fd = other_output_.number(), .events = POLLIN, .revents = 0};
  char letter = 0;
  while (letter != '\n' && poll(&wanted, 1, 5000) == 1 &&
         ::read(other_output_.number(), &letter, 1) == 1)
    line.push_back(letter);
  auto told = wire::parse_json_object(line);
  if (!told) return base::fail(errors::selftest, "the other process of the outside did not start");
  for (const auto& member : *told) fixtures_[member.key()] = member.value();
  fixtures_["first_pid"] = fixtures_["decoy_pid"];
  fixtures_["supervisor_pid"] = fixtures_["decoy_pid"];
  return {};
}

}  // namespace cloister::cell
