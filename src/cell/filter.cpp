// SPDX-License-Identifier: Apache-2.0
#include "filter.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/io/sealed_memory.hpp"

#include "system_calls.hpp"

#include <asm/ioctls.h>
#include <fmt/format.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <initializer_list>
#include <memory>

namespace cloister::cell {
namespace {

// The kernel reads most arguments as 32 bits. Comparing all 64 would let a caller hide behind set
// upper bits (that is how snapd's TIOCSTI rule was passed), so every comparison here has a mask.
scmp_arg_cmp equals(unsigned argument, std::uint64_t value, std::uint64_t mask = 0xffffffff) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

class Builder {
 public:
  Builder() : context_(seccomp_init(SCMP_ACT_NOTIFY)) { check(context_ ? 0 : -ENOMEM, "start"); }
  ~Builder() { seccomp_release(context_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  void allow(std::string_view name, std::initializer_list<scmp_arg_cmp> where = {}) {
    rule(SCMP_ACT_ALLOW, name, where);
  }
  void answer(std::string_view name, int error, std::initializer_list<scmp_arg_cmp> where = {}) {
    rule(SCMP_ACT_ERRNO(static_cast<unsigned>(error)), name, where);
  }
  base::Result<base::Bytes> finish() {
    check(seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "foreign");
    check(seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise");
    if (failure_) return std::unexpected(*failure_);
    CLOISTER_TRY(io::Descriptor file, io::create_memory_file("filter"));
    check(seccomp_export_bpf(context_, file.number()), "export");
    if (failure_) return std::unexpected(*failure_);
    CLOISTER_TRY(std::uint64_t size, io::size_of(file));
    return io::read_at(file, 0, size);
  }

 private:
  void rule(std::uint32_t action, std::string_view name,
            std::initializer_list<scmp_arg_cmp> where) {
    auto number = number_of(name);
    if (!number && !failure_) failure_ = number.error();
    if (!number || *number < 0) return;  // not on this architecture: cannot be called either
    check(seccomp_rule_add_array(context_, action, *number, static_cast<unsigned>(where.size()),
                                 where.begin()),
          name);
  }
  void check(int result, std::string_view what) {
    if (result < 0 && !failure_)
      failure_ =
          base::Error(errors::filter,
                      fmt::format("the seccomp filter cannot be built ({}: {})", what, -result));
  }

  scmp_filter_ctx context_;
  std::optional<base::Error> failure_;
};

// SOCK_CLOEXEC and SOCK_NONBLOCK lie above the type's four bits.
scmp_arg_cmp type_is(int type) {
  return equals(1, static_cast<std::uint64_t>(type), 0xf);
}

void allow_sockets(Builder& builder) {
  // SECURITY: no Unix datagrams (SOCK_RAW is one too): such a socket sends to any path without
  // connecting, and no namespace keeps paths apart (test: test_unix_datagrams_are_refused).
  for (int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    builder.allow("socket", {equals(0, AF_UNIX), type_is(type)});
    builder.allow("socketpair", {equals(0, AF_UNIX), type_is(type)});
  }
  for (int family : {AF_INET, AF_INET6}) {
    for (int protocol : {0, static_cast<int>(IPPROTO_TCP)})
      builder.allow("socket", {equals(0, static_cast<std::uint64_t>(family)), type_is(SOCK_STREAM),
                               equals(2, static_cast<std::uint64_t>(protocol))});
    for (int protocol : {0, static_cast<int>(IPPROTO_UDP)})
      builder.allow("socket", {equals(0, static_cast<std::uint64_t>(family)), type_is(SOCK_DGRAM),
                               equals(2, static_cast<std::uint64_t>(protocol))});
  }
  // libzmq aborts without NETLINK_ROUTE (0); in an empty namespace it shows lo and nothing else.
  for (int type : {SOCK_RAW, SOCK_DGRAM})
    builder.allow("socket", {equals(0, AF_NETLINK), type_is(type), equals(2, 0)});
  // Without an address it goes where the socket is connected to. connect, bind, sendmsg, sendmmsg
  // and sendto with an address are the recorder's: it must read memory.
  builder.allow("sendto", {equals(4, 0, ~0ull)});
}

// Commands of terminals, files and interfaces that programs use. TIOCSTI and TIOCLINUX (typing into
// the terminal of another session) are not among them, nor any device's own.
void allow_device_commands(Builder& builder) {
  constexpr std::array<std::uint64_t, 34> commands{
      TCGETS,        TCSETS,          TCSETSW,       TCSETSF,   TCSBRK,     TCXONC,
      TCFLSH,        TCSBRKP,         TIOCEXCL,      TIOCNXCL,  TIOCSCTTY,  TIOCNOTTY,
      TIOCGPGRP,     TIOCSPGRP,       TIOCGSID,      TIOCOUTQ,  TIOCGWINSZ, TIOCSWINSZ,
      TIOCGPTN,      TIOCSPTLCK,      TIOCGPTPEER,   TIOCPKT,   FIONREAD,   FIONBIO,
      FIOASYNC,      FIONCLEX,        FIOCLEX,       FIOQSIZE,  FICLONE,    FICLONERANGE,
      FIDEDUPERANGE, FS_IOC_GETFLAGS, FS_IOC_FIEMAP, 0x802c542a /* TCGETS2 */};
  for (std::uint64_t command : commands) builder.allow("ioctl", {equals(1, command)});
  // Questions about interfaces: SIOCGIFNAME … SIOCGIFCONF, index, flags, address, MTU, hardware.
  for (std::uint64_t command :
       {0x8910, 0x8912, 0x8913, 0x8915, 0x8919, 0x891b, 0x8921, 0x8927, 0x8933})
    builder.allow("ioctl", {equals(1, command)});
}

// SECURITY: no core file, and none for a handler of the host's either: the seal sets the limit to
// 1, which the kernel takes for just that (0 would still start a handler), and it stays there.
// Setting it succeeds without effect: programs do it with good intent (test:
// test_no_core_is_dumped).
void allow_limits(Builder& builder) {
  for (std::uint64_t resource = 0; resource < RLIM_NLIMITS; ++resource) {
    if (resource == RLIMIT_CORE) {
      builder.answer("setrlimit", 0, {equals(0, resource)});
      builder.allow("prlimit64", {equals(1, resource), equals(2, 0, ~0ull)});
      continue;
    }
    builder.allow("setrlimit", {equals(0, resource)});
    builder.allow("prlimit64", {equals(1, resource)});
  }
}

void allow_by_argument(Builder& builder, Profile profile) {
  builder.answer("clone3", ENOSYS);  // its flags lie in memory, where no filter can see them
  allow_device_commands(builder);
  allow_limits(builder);
  for (std::uint64_t domain : {0x0ull, 0xffffffffull, 0x0040000ull})  // Linux, ask, no randomising
    builder.allow("personality", {equals(0, domain)});
  if (profile == Profile::worker) {
    // Threads only. Sockets are those inherited, and connected: no address can be given to them.
    builder.allow("clone", {equals(0, CLONE_THREAD, CLONE_THREAD | clone_namespace_flags)});
    builder.allow("sendmsg");
    builder.allow("sendto", {equals(4, 0, ~0ull)});
    return;
  }
  builder.allow("clone", {equals(0, 0, clone_namespace_flags)});
  builder.allow("execve");
  builder.allow("execveat");
  for (std::uint64_t type : {0, S_IFREG, S_IFIFO, S_IFSOCK}) {
    builder.allow("mknod", {equals(1, type, S_IFMT)});
    builder.allow("mknodat", {equals(2, type, S_IFMT)});
  }
  allow_sockets(builder);
}

}  // namespace

base::Result<base::Bytes> build_filter(Profile profile) {
  Builder builder;
  for (std::string_view name : always_allowed()) builder.allow(name);
  if (profile == Profile::kernel)
    for (std::string_view name : allowed_in_kernels()) builder.allow(name);
  for (std::string_view name : pretended_unknown()) builder.answer(name, ENOSYS);
  allow_by_argument(builder, profile);
  return builder.finish();
}

}  // namespace cloister::cell
