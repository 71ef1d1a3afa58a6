// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include <arpa/inet.h>
#include <asm/ioctls.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace cloister::cell {
namespace {

// The caller is this process: addresses are our own.
class OwnMemory final : public Memory {
 public:
  bool read(std::uint64_t address, std::span<std::byte> into) override {
    if (address < 4096) return into.empty();
    std::memcpy(into.data(), reinterpret_cast<const void*>(address), into.size());
    return true;
  }
};

std::uint64_t pointer(const void* to) {
  return reinterpret_cast<std::uint64_t>(to);
}

sockaddr_in inet(const char* address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}

sockaddr_in6 inet6(const char* address, std::uint16_t port) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = htons(port);
  inet_pton(AF_INET6, address, &result.sin6_addr);
  return result;
}

class JudgeTest : public testing::Test {
 protected:
  template <typename Address>
  Judgement connect(const Address& address, std::size_t size = sizeof(Address)) {
    return judge_.judge({.number = SYS_connect, .arguments = {3, pointer(&address), size}},
                        memory_);
  }
  Judgement call(int number, std::array<std::uint64_t, 6> arguments = {}) {
    return judge_.judge({.number = number, .arguments = arguments}, memory_);
  }
  OwnMemory memory_;
  Judge judge_{Profile::kernel};
};

TEST_F(JudgeTest, LetsTheOwnLoopbackBe) {
  EXPECT_EQ(connect(inet("127.0.0.1", 8888)).error, 0);
  EXPECT_EQ(connect(inet("127.5.6.7", 8888)).error, 0);
  EXPECT_EQ(connect(inet("0.0.0.0", 1)).error, 0);
  EXPECT_EQ(connect(inet6("::1", 1)).error, 0);
  EXPECT_EQ(connect(inet6("::ffff:127.0.0.1", 1)).error, 0);
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  EXPECT_EQ(connect(path).error, 0);
  EXPECT_TRUE(connect(path).refused.empty());
}

TEST_F(JudgeTest, HandsOnTheAddressThatItRead) {
  sockaddr_in address = inet("127.0.0.1", 8888);
  Judgement judgement = connect(address);
  ASSERT_EQ(judgement.connects_to.size(), sizeof address);
  EXPECT_EQ(std::memcmp(judgement.connects_to.data(), &address, sizeof address), 0);
  EXPECT_TRUE(connect(inet("203.0.113.80", 443)).connects_to.empty());
  EXPECT_TRUE(call(SYS_bind, {3, pointer(&address), sizeof address}).connects_to.empty());
  EXPECT_TRUE(
      call(SYS_sendto, {3, 0, 0, 0, pointer(&address), sizeof address}).connects_to.empty());
}

TEST_F(JudgeTest, RefusesAndNamesEverythingElse) {
  Judgement judgement = connect(inet("203.0.113.80", 443));
  EXPECT_EQ(judgement.error, ENETUNREACH);
  ASSERT_EQ(judgement.refused.size(), 1u);
  EXPECT_EQ(judgement.refused[0].operation, "connect");
  EXPECT_EQ(judgement.refused[0].address.family, "inet");
  EXPECT_EQ(judgement.refused[0].address.address, "203.0.113.80");
  EXPECT_EQ(judgement.refused[0].address.port, 443);
  EXPECT_EQ(connect(inet6("2001:db8::80", 80)).refused[0].address.address, "2001:db8::80");
  Judgement mapped = connect(inet6("::ffff:203.0.113.80", 80));
  EXPECT_EQ(mapped.error, ENETUNREACH);
  EXPECT_EQ(mapped.refused[0].address.ipv4, 0xcb007150u);
  EXPECT_EQ(connect(inet("128.0.0.1", 1)).error, ENETUNREACH);
  EXPECT_EQ(connect(inet("126.255.255.255", 1)).error, ENETUNREACH);
}

TEST_F(JudgeTest, RefusesWhatIsMalformedOrUnreadable) {
  sockaddr_in address = inet("127.0.0.1", 80);
  EXPECT_EQ(connect(address, 7).error, EINVAL);
  EXPECT_EQ(connect(address, 1).error, EINVAL);
  EXPECT_EQ(connect(address, 0).error, EINVAL);
  EXPECT_EQ(connect(address, 5000).error, EINVAL);
  EXPECT_EQ(connect(address, 0xffffffff00000000ull).error, EINVAL);  // length 0 to the kernel
  EXPECT_EQ(connect(inet6("::1", 1), 20).error, EINVAL);
  EXPECT_EQ(call(SYS_connect, {3, 8, 16}).error, EFAULT);
  EXPECT_EQ(call(SYS_connect, {3, 8, 16}).refused.size(), 1u);
  sockaddr_storage strange{};
  strange.ss_family = 40;
  EXPECT_EQ(connect(strange).error, ENETUNREACH);
  EXPECT_EQ(connect(strange).refused[0].address.family, "vsock");
}

TEST_F(JudgeTest, KnowsThatUnspecifiedMeansInetWhenSending) {
  sockaddr_in address = inet("203.0.113.80", 53);
  address.sin_family = AF_UNSPEC;
  EXPECT_EQ(connect(address).error, 0);  // "disconnect"
  Judgement sent = call(SYS_sendto, {3, 0, 0, 0, pointer(&address), sizeof address});
  EXPECT_EQ(sent.error, ENETUNREACH);
  EXPECT_EQ(sent.refused[0].address.address, "203.0.113.80");
}

TEST_F(JudgeTest, ReadsEveryMessageOfABatch) {
  sockaddr_in inside = inet("127.0.0.1", 53);
  sockaddr_in outside = inet("198.51.100.7", 9);
  std::array<mmsghdr, 3> batch{};
  batch[0].msg_hdr.msg_name = &inside;
  batch[0].msg_hdr.msg_namelen = sizeof inside;
  batch[2].msg_hdr.msg_name = &outside;
  batch[2].msg_hdr.msg_namelen = sizeof outside;
  Judgement judgement = call(SYS_sendmmsg, {3, pointer(batch.data()), batch.size()});
  EXPECT_EQ(judgement.error, ENETUNREACH);
  ASSERT_EQ(judgement.refused.size(), 1u);
  EXPECT_EQ(judgement.refused[0].address.port, 9);
  EXPECT_TRUE(judgement.asks_sinkhole);
  EXPECT_EQ(call(SYS_sendmmsg, {3, pointer(batch.data()), 2}).error, 0);
  EXPECT_EQ(call(SYS_sendmmsg, {3, 8, 2}).error, EFAULT);
  EXPECT_EQ(call(SYS_sendmsg, {3, pointer(&batch[2].msg_hdr)}).error, ENETUNREACH);
  EXPECT_EQ(call(SYS_sendmsg, {3, pointer(&batch[1].msg_hdr)}).error, 0);
}

TEST_F(JudgeTest, BindsOnlyInside) {
  sockaddr_in any = inet("0.0.0.0", 8080);
  sockaddr_in outside = inet("192.0.2.1", 8080);
  EXPECT_EQ(call(SYS_bind, {3, pointer(&any), sizeof any}).error, 0);
  EXPECT_EQ(call(SYS_bind, {3, pointer(&outside), sizeof outside}).error, EADDRNOTAVAIL);
}

TEST_F(JudgeTest, RefusesForbiddenCallsByName) {
  for (int number : {SYS_ptrace, SYS_bpf, SYS_io_uring_setup, SYS_keyctl, SYS_mount, SYS_unshare,
                     SYS_clone, SYS_memfd_secret}) {
    Judgement judgement = call(number);
    EXPECT_EQ(judgement.error, EPERM) << number;
    EXPECT_EQ(judgement.refused.size(), 1u) << number;
  }
  EXPECT_EQ(call(SYS_ptrace).refused[0].operation, "ptrace");
  EXPECT_EQ(call(SYS_socket, {40, SOCK_STREAM, 0}).refused[0].address.family, "vsock");
  EXPECT_EQ(call(SYS_socket, {40, SOCK_STREAM, 0}).error, EAFNOSUPPORT);
  EXPECT_EQ(call(SYS_socket, {AF_INET, SOCK_RAW, 1}).error, EPERM);
  EXPECT_EQ(call(SYS_ioctl, {0, TIOCSTI}).error, EPERM);
  EXPECT_EQ(call(SYS_ioctl, {0, 0x100000000 | TIOCSTI}).refused.size(), 1u);
}

TEST_F(JudgeTest, SaysThatUnknownCallsDoNotExist) {
  EXPECT_EQ(call(999).error, ENOSYS);
  EXPECT_TRUE(call(999).refused.empty());
  EXPECT_EQ(call(SYS_ioctl, {0, 0x1234}).error, ENOTTY);
}

TEST(JudgeOfWorkers, LetsTheFirstExecutionThroughAndNothingElse) {
  OwnMemory memory;
  Judge judge(Profile::worker);
  Call execute{.number = SYS_execve, .arguments = {}};
  EXPECT_EQ(judge.judge(execute, memory).error, 0);
  EXPECT_EQ(judge.judge(execute, memory).error, EPERM);
  sockaddr_in own = inet("127.0.0.1", 1);
  Call connect{.number = SYS_connect, .arguments = {3, pointer(&own), sizeof own}};
  EXPECT_EQ(judge.judge(connect, memory).error, EPERM);
  EXPECT_TRUE(judge.judge(connect, memory).connects_to.empty());
  EXPECT_EQ(judge.judge(connect, memory).refused.size(), 1u);
  Call fork{.number = SYS_fork, .arguments = {}};
  EXPECT_EQ(judge.judge(fork, memory).refused[0].operation, "fork");
  Call socket{.number = SYS_socket, .arguments = {AF_UNIX, SOCK_STREAM, 0}};
  EXPECT_EQ(judge.judge(socket, memory).error, EPERM);
}

}  // namespace
}  // namespace cloister::cell
