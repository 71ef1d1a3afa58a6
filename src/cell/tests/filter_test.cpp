// SPDX-License-Identifier: Apache-2.0
#include "filter.hpp"

#include "bpf_machine.hpp"
#include "system_calls.hpp"

#include <asm/ioctls.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

namespace cloister::cell {
namespace {

using Arguments = std::array<std::uint64_t, 6>;

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t notify = SECCOMP_RET_USER_NOTIF;
constexpr std::uint32_t no_such_call = SECCOMP_RET_ERRNO | ENOSYS;

class Filter : public testing::Test {
 protected:
  std::uint32_t of(Profile profile, std::string_view name, Arguments arguments = {}) {
    return run_filter(program(profile), {.nr = number_of(name).value(),
                                         .arch = AUDIT_ARCH_X86_64,
                                         .instruction_pointer = 0,
                                         .args = {arguments[0], arguments[1], arguments[2],
                                                  arguments[3], arguments[4], arguments[5]}});
  }
  std::uint32_t kernel(std::string_view name, Arguments arguments = {}) {
    return of(Profile::kernel, name, arguments);
  }
  std::uint32_t worker(std::string_view name, Arguments arguments = {}) {
    return of(Profile::worker, name, arguments);
  }
  const base::Bytes& program(Profile profile) {
    static const base::Bytes kernels = build_filter(Profile::kernel).value();
    static const base::Bytes workers = build_filter(Profile::worker).value();
    return profile == Profile::kernel ? kernels : workers;
  }
};

TEST_F(Filter, AllowsWhatIsOnTheList) {
  for (std::string_view name : always_allowed()) {
    EXPECT_EQ(kernel(name), allow) << name;
    EXPECT_EQ(worker(name), allow) << name;
  }
  for (std::string_view name : allowed_in_kernels()) {
    EXPECT_EQ(kernel(name), allow) << name;
    EXPECT_EQ(worker(name), notify) << name;
  }
}

TEST_F(Filter, HandsWhatIsForbiddenToTheRecorder) {
  for (std::string_view name : forbidden()) {
    EXPECT_EQ(kernel(name), notify) << name;
    EXPECT_EQ(worker(name), notify) << name;
  }
}

TEST_F(Filter, KnowsNothingOfNewCalls) {
  for (std::string_view name : pretended_unknown()) EXPECT_EQ(kernel(name), no_such_call) << name;
  EXPECT_EQ(kernel("clone3"), no_such_call);
  seccomp_data data{};
  data.nr = 1000;
  data.arch = AUDIT_ARCH_X86_64;
  EXPECT_EQ(run_filter(program(Profile::kernel), data), notify);  // the recorder says ENOSYS
}

TEST_F(Filter, KillsForeignArchitectures) {
  seccomp_data data{};
  data.nr = 1;
  data.arch = AUDIT_ARCH_I386;
  EXPECT_EQ(run_filter(program(Profile::kernel), data), SECCOMP_RET_KILL_PROCESS);
  data.arch = AUDIT_ARCH_X86_64;
  data.nr = 0x40000000 + 1;  // x32
  EXPECT_EQ(run_filter(program(Profile::kernel), data), SECCOMP_RET_KILL_PROCESS);
}

TEST_F(Filter, LetsThreadsAndProcessesBeButNoNamespaces) {
  constexpr std::uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
  EXPECT_EQ(kernel("clone", {thread}), allow);
  EXPECT_EQ(worker("clone", {thread}), allow);
  EXPECT_EQ(kernel("clone", {SIGCHLD}), allow);
  EXPECT_EQ(worker("clone", {SIGCHLD}), notify);
  for (std::uint64_t flag : {CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWIPC,
                             CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    EXPECT_EQ(kernel("clone", {flag | SIGCHLD}), notify) << flag;
    EXPECT_EQ(worker("clone", {flag | thread}), notify) << flag;
    EXPECT_EQ(kernel("clone", {flag | 0xffffffff00000000}), notify) << flag;
  }
}

TEST_F(Filter, GivesKernelsTheirSocketsOnly) {
  EXPECT_EQ(kernel("socket", {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0}), allow);
  EXPECT_EQ(kernel("socket", {AF_INET, SOCK_STREAM, IPPROTO_TCP}), allow);
  EXPECT_EQ(kernel("socket", {AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0}), allow);
  EXPECT_EQ(kernel("socket", {AF_NETLINK, SOCK_RAW, 0}), allow);
  EXPECT_EQ(kernel("socket", {AF_NETLINK, SOCK_RAW, 12}), notify);  // NETLINK_NETFILTER
  EXPECT_EQ(kernel("socket", {AF_INET, SOCK_RAW, 1}), notify);
  EXPECT_EQ(kernel("socket", {AF_INET, SOCK_DGRAM, 1}), notify);     // ICMP
  EXPECT_EQ(kernel("socket", {AF_INET, SOCK_STREAM, 262}), notify);  // MPTCP
  for (std::uint64_t family = 0; family < 50; ++family) {
    bool ours = family == AF_UNIX || family == AF_INET || family == AF_INET6;
    EXPECT_EQ(kernel("socket", {family, SOCK_STREAM, 0}), ours ? allow : notify) << family;
    EXPECT_EQ(worker("socket", {family, SOCK_STREAM, 0}), notify) << family;
  }
  EXPECT_EQ(kernel("socketpair", {AF_UNIX, SOCK_STREAM, 0}), allow);
  for (const char* name : {"socket", "socketpair"}) {
    EXPECT_EQ(kernel(name, {AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0}), allow);
    for (int type : {int{SOCK_DGRAM}, SOCK_DGRAM | SOCK_CLOEXEC, int{SOCK_RAW}})
      EXPECT_EQ(kernel(name, {AF_UNIX, static_cast<std::uint64_t>(type), 0}), notify)
          << name << type;
  }
  EXPECT_EQ(kernel("socketpair", {AF_TIPC, SOCK_STREAM, 0}), notify);
}

TEST_F(Filter, AsksTheRecorderWhereverAnAddressIsGiven) {
  for (const char* name : {"connect", "bind", "sendmsg", "sendmmsg"})
    EXPECT_EQ(kernel(name), notify) << name;
  EXPECT_EQ(kernel("sendto", {3, 1, 1, 0, 0, 0}), allow);
  EXPECT_EQ(kernel("sendto", {3, 1, 1, 0, 0x7f0000000000, 16}), notify);
  EXPECT_EQ(kernel("sendto", {3, 1, 1, 0, 0x100000000, 16}), notify);  // upper half only
  EXPECT_EQ(worker("sendmsg"), allow);  // its sockets were connected before it got them
}

TEST_F(Filter, LeavesTheLimitOfCoreFilesAlone) {
  EXPECT_EQ(kernel("setrlimit", {RLIMIT_CORE}), SECCOMP_RET_ERRNO);  // success, without effect
  EXPECT_EQ(kernel("prlimit64", {0, RLIMIT_CORE, 0x7000}), notify);
  EXPECT_EQ(kernel("prlimit64", {0, RLIMIT_CORE, 0}), allow);
  EXPECT_EQ(worker("prlimit64", {0, RLIMIT_NOFILE, 0x7000}), allow);
}

TEST_F(Filter, HidesNoTerminalCommandBehindUpperBits) {
  EXPECT_EQ(kernel("ioctl", {0, TCGETS}), allow);
  EXPECT_EQ(kernel("ioctl", {0, TIOCSTI}), notify);
  EXPECT_EQ(kernel("ioctl", {0, 0x100000000 | TIOCSTI}), notify);
  EXPECT_EQ(kernel("ioctl", {0, 0xffffffff00000000 | TIOCLINUX}), notify);
}

TEST_F(Filter, MakesNoDeviceNodesAndExecutesOnlyInKernels) {
  EXPECT_EQ(kernel("mknod", {0, S_IFIFO | 0600}), allow);
  EXPECT_EQ(kernel("mknod", {0, S_IFBLK | 0600}), notify);
  EXPECT_EQ(kernel("mknodat", {0, 0, S_IFCHR | 0600}), notify);
  EXPECT_EQ(kernel("execve"), allow);
  EXPECT_EQ(worker("execve"), notify);
  EXPECT_EQ(worker("execveat"), notify);
}

}  // namespace
}  // namespace cloister::cell
