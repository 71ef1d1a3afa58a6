// SPDX-License-Identifier: Apache-2.0
// Ways around a filter on system calls: rings, batches, races, foreign call tables, children
// (N12, N13, N15, N16, N18).
#include "reach.hpp"
#include "ring.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace cloister::probe {
namespace {

Address outside_tcp(const Fixtures& fixtures) {
  return inet(fixtures.text("outside4"), fixtures.number("tcp_port"));
}

Address outside_udp(const Fixtures& fixtures) {
  return inet(fixtures.text("outside4"), fixtures.number("udp_port"));
}

Verdict ring_connect(const Fixtures& fixtures) {
  Ring ring;
  if (!ring.made()) return blocked("io_uring_setup");
  Socket socket(AF_INET, SOCK_STREAM);
  if (!socket.made()) return blocked("socket");
  Address address = outside_tcp(fixtures);
  io_uring_sqe entry{};
  entry.opcode = IORING_OP_CONNECT;
  entry.fd = socket.number();
  entry.addr = reinterpret_cast<std::uintptr_t>(&address.storage);
  entry.off = address.size;
  if (int result = ring.run(entry); result < 0) return blocked("connect by a ring", -result);
  std::string token = fixtures.text("token");
  if (::write(socket.number(), token.data(), token.size()) < 0) return blocked("write");
  return expect_answer(socket.number(), fixtures);
}

// A refused socket() is no help when the ring makes the socket.
Verdict ring_socket(const Fixtures&) {
  Ring ring;
  if (!ring.made()) return blocked("io_uring_setup");
  io_uring_sqe entry{};
  entry.opcode = IORING_OP_SOCKET;
  entry.fd = AF_NETLINK;
  entry.off = SOCK_RAW;
  entry.len = 12;  // NETLINK_NETFILTER
  int result = ring.run(entry);
  if (result < 0) return blocked("socket by a ring", -result);
  ::close(result);
  return open("a socket of any family can be made by a ring");
}

// The first message of the batch goes to the program's own loopback, the second outside.
Verdict batch(const Fixtures& fixtures) {
  Socket socket(AF_INET, SOCK_DGRAM);
  if (!socket.made()) return blocked("socket");
  Address own = inet("127.0.0.1", 9);
  Address outside = outside_udp(fixtures);
  std::string token = fixtures.text("token");
  iovec part{.iov_base = token.data(), .iov_len = token.size()};
  mmsghdr messages[2]{};
  for (auto& message : messages) {
    message.msg_hdr.msg_iov = &part;
    message.msg_hdr.msg_iovlen = 1;
  }
  messages[0].msg_hdr.msg_name = &own.storage;
  messages[0].msg_hdr.msg_namelen = own.size;
  messages[1].msg_hdr.msg_name = &outside.storage;
  messages[1].msg_hdr.msg_namelen = outside.size;
  int sent = sendmmsg(socket.number(), messages, 2, 0);
  if (sent < 2) return blocked("sendmmsg", sent < 0 ? errno : ENETUNREACH);
  // The refusal of the own port 9 may be reported first.
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size);
  return expect_answer(socket.number(), fixtures);
}

// A second thread turns the address from the own loopback to the outside and back, while the first
// one hands it to the kernel: whoever looks before the kernel does may see the wrong one.
template <typename Attempt>
Verdict race(const Address& own, const Address& outside, const Attempt& attempt) {
  using namespace std::chrono;
  Address shared = own;
  std::atomic<bool> stop = false;
  std::thread turner([&] {
    volatile unsigned char* target = reinterpret_cast<volatile unsigned char*>(&shared.storage);
    auto* a = reinterpret_cast<const unsigned char*>(&own.storage);
    auto* b = reinterpret_cast<const unsigned char*>(&outside.storage);
    for (bool first = true; !stop; first = !first)
      for (unsigned i = 2; i < 8; ++i) target[i] = first ? a[i] : b[i];  // port and IPv4 address
  });
  Verdict verdict = blocked("never seen outside", ENETUNREACH);
  auto end = steady_clock::now() + milliseconds(400);
  while (verdict.outcome != Outcome::open && steady_clock::now() < end) verdict = attempt(shared);
  stop = true;
  turner.join();
  return verdict;
}

Verdict connect_race(const Fixtures& fixtures) {
  Address own = inet("127.0.0.1", 9);
  return race(own, outside_tcp(fixtures), [&](const Address& shared) {
    Socket socket(AF_INET, SOCK_STREAM);
    if (connect(socket.number(), shared.get(), shared.size) != 0) return blocked("connect");
    std::string token = fixtures.text("token");
    if (send(socket.number(), token.data(), token.size(), MSG_NOSIGNAL) < 0) return blocked("send");
    return expect_answer(socket.number(), fixtures);
  });
}

Verdict send_race(const Fixtures& fixtures) {
  Address own = inet("127.0.0.1", 9);
  return race(own, outside_udp(fixtures), [&](const Address& shared) {
    Socket socket(AF_INET, SOCK_DGRAM);
    std::string token = fixtures.text("token");
    if (sendto(socket.number(), token.data(), token.size(), 0, shared.get(), shared.size) < 0)
      return blocked("sendto");
    pollfd wanted{.fd = socket.number(), .events = POLLIN, .revents = 0};
    if (poll(&wanted, 1, 1) != 1) return blocked("no answer", ETIMEDOUT);
    return expect_answer(socket.number(), fixtures);
  });
}

#if defined(__x86_64__)
// The 32-bit system call table, reached from a 64-bit program: other numbers, other arguments.
long call32(long number, long a, long b, long c) {
  long result;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(a), "c"(b), "d"(c)
               : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

char* low_memory() {
  void* area =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  return area == MAP_FAILED ? nullptr : static_cast<char*>(area);
}

long low(const void* pointer) {
  return static_cast<long>(reinterpret_cast<std::uintptr_t>(pointer));
}

Verdict foreign_connect(const Fixtures& fixtures) {
  constexpr long socket32 = 359, connect32 = 362;
  char* memory = low_memory();
  if (memory == nullptr) return blocked("mmap");
  Address address = outside_tcp(fixtures);
  std::memcpy(memory, &address.storage, address.size);
  long made = call32(socket32, AF_INET, SOCK_STREAM, 0);
  if (made < 0) return blocked("32-bit socket", static_cast<int>(-made));
  Socket socket(static_cast<int>(made));
  long connected = call32(connect32, made, low(memory), static_cast<long>(address.size));
  if (connected < 0) return blocked("32-bit connect", static_cast<int>(-connected));
  std::string token = fixtures.text("token");
  if (::write(socket.number(), token.data(), token.size()) < 0) return blocked("write");
  return expect_answer(socket.number(), fixtures);
}

// Any call that the cell refuses will do: ptrace (26) of the 32-bit table on oneself.
Verdict foreign_call(const Fixtures&) {
  constexpr long ptrace32 = 26;
  long result = call32(ptrace32, 0 /* PTRACE_TRACEME */, 0, 0);
  if (result < 0) return blocked("32-bit ptrace", static_cast<int>(-result));
  return open("a 32-bit system call was done");
}

Verdict x32_call(const Fixtures&) {
  constexpr long x32_bit = 0x40000000;
  long made = syscall(x32_bit | SYS_socket, AF_INET, SOCK_STREAM, 0);
  if (made < 0) return blocked("x32 socket");
  ::close(static_cast<int>(made));
  return open("an x32 system call was done");
}
#endif

Verdict child(const Fixtures& fixtures) {
  return in_child([&] { return say_to(outside_tcp(fixtures), SOCK_STREAM, fixtures); });
}

Verdict grandchild(const Fixtures& fixtures) {
  return in_child([&] {
    setsid();
    return in_child([&] { return say_to(outside_tcp(fixtures), SOCK_STREAM, fixtures); });
  });
}

Verdict thread(const Fixtures& fixtures) {
  Verdict verdict;
  std::thread second([&] { verdict = say_to(outside_tcp(fixtures), SOCK_STREAM, fixtures); });
  second.join();
  return verdict;
}

Verdict fresh_program(const Fixtures& fixtures) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return blocked("pipe");
  pid_t child = fork();
  if (child < 0) return blocked("fork");
  if (child == 0) {
    dup2(ends[1], 1);
    std::string text = "{\"outside4\":\"" + fixtures.text("outside4") +
                       "\",\"tcp_port\":" + std::to_string(fixtures.number("tcp_port")) +
                       ",\"token\":\"" + fixtures.text("token") + "\"}";
    execl("/proc/self/exe", "probe", "N1-tcp4", "--fixtures", text.c_str(), nullptr);
    _exit(errno);
  }
  ::close(ends[1]);
  std::string answer = read_up_to(ends[0], 4096);
  ::close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (answer.find("\"result\":\"open\"") != answer.npos) return open("the outside answered");
  if (answer.empty()) return blocked("exec", WIFEXITED(status) ? WEXITSTATUS(status) : EIO);
  return blocked("connect of the fresh program", ENETUNREACH);
}

// A daemon that nobody waits for. It holds the output open: the selftest sees whether it is gone.
Verdict survivor(const Fixtures&) {
  pid_t child = fork();
  if (child < 0) return blocked("fork");
  if (child == 0) {
    setsid();
    if (fork() == 0) {
      poll(nullptr, 0, 3000);
      _exit(0);
    }
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  return within("a daemon was started");
}

constexpr Probe probes[] = {
    {"N12-ring-connect", "TCP by io_uring", ring_connect, optional},
    {"N12-ring-socket", "A socket made by io_uring", ring_socket, optional},
    {"N13-batch", "A batch of messages, the second one outside", batch},
    {"N15-connect-race", "An address that changes while connect looks at it", connect_race},
    {"N15-send-race", "An address that changes while sendto looks at it", send_race},
#if defined(__x86_64__)
    {"N16-foreign-connect", "TCP by 32-bit system calls", foreign_connect, optional | killable},
    {"N16-foreign-call", "A forbidden call by its 32-bit number", foreign_call,
     optional | killable},
    {"N16-x32", "System calls of the x32 table", x32_call, optional | killable},
#endif
    {"N18-child", "TCP by a child", child},
    {"N18-grandchild", "TCP by a grandchild in a session of its own", grandchild},
    {"N18-thread", "TCP by a second thread", thread},
    {"N18-program", "TCP by a freshly executed program", fresh_program},
    {"N18-survivor", "A daemon that stays when the cell ends", survivor, outlives},
};

}  // namespace

Family evasion_family() {
  return {"evasion", probes};
}

}  // namespace cloister::probe
