// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include "system_calls.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace cloister::cell {
namespace {

constexpr std::size_t messages_max = 1024;        // UIO_MAXIOV: the kernel reads no more
constexpr std::size_t recorded_per_call_max = 8;  // addresses of one sendmmsg

Judgement answer(int error) {
  Judgement judgement;
  judgement.error = error;
  return judgement;
}

// The call is said to have been done.
Judgement pretend() {
  Judgement judgement;
  judgement.pretended = true;
  return judgement;
}

Judgement refuse(int error, std::string operation, SocketAddress address = {}) {
  Judgement judgement = answer(error);
  judgement.refused.push_back({std::move(operation), std::move(address)});
  return judgement;
}

// An address in the caller's memory; `malformed` with its errno when it cannot be read.
struct ReadAddress {
  SocketAddress address;
  base::Bytes bytes;
  int error = 0;
};

ReadAddress fetch(Memory& memory, std::uint64_t pointer, std::uint64_t size, bool sends) {
  std::array<std::byte, sizeof(sockaddr_storage)> bytes{};
  // The kernel takes the length as an int and refuses what is negative or longer than the storage.
  std::uint32_t length = static_cast<std::uint32_t>(size);
  if (length > bytes.size()) return {.address = {}, .bytes = {}, .error = EINVAL};
  std::span<std::byte> wanted(bytes.data(), length);
  if (!memory.read(pointer, wanted)) return {.address = {}, .bytes = {}, .error = EFAULT};
  ReadAddress read{
      .address = read_address(wanted, sends), .bytes = {wanted.begin(), wanted.end()}, .error = 0};
  if (read.address.reach == Reach::malformed) read.error = EINVAL;
  if (read.address.reach == Reach::outside) read.error = ENETUNREACH;
  return read;
}

void apply(Judgement& judgement, const char* operation, ReadAddress read) {
  if (read.error == 0) {
    judgement.asks_sinkhole |= read.address.port == 53;
    return;
  }
  if (judgement.error == 0) judgement.error = read.error;
  if (judgement.refused.size() < recorded_per_call_max)
    judgement.refused.push_back({operation, std::move(read.address)});
}

Judgement judge_address(const char* operation, Memory& memory, std::uint64_t pointer,
                        std::uint64_t size, bool sends) {
  Judgement judgement;
  if (pointer == 0 && sends) return judgement;  // to where the socket is connected
  ReadAddress read = fetch(memory, pointer, size, sends);
  if (read.error == ENETUNREACH && std::strcmp(operation, "bind") == 0) read.error = EADDRNOTAVAIL;
  if (read.error == 0 && std::strcmp(operation, "connect") == 0)
    judgement.connects_to = std::move(read.bytes);
  apply(judgement, operation, std::move(read));
  return judgement;
}

Judgement judge_messages(const char* operation, Memory& memory, std::uint64_t pointer,
                         std::uint64_t count, std::size_t stride) {
  Judgement judgement;
  std::vector<std::byte> bytes(std::min<std::uint64_t>(count & 0xffffffff, messages_max) * stride);
  if (!memory.read(pointer, bytes)) return refuse(EFAULT, operation);
  for (std::size_t at = 0; at < bytes.size(); at += stride) {
    msghdr header{};
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (header.msg_name == nullptr || header.msg_namelen == 0) continue;
    apply(
        judgement, operation,
        fetch(memory, reinterpret_cast<std::uint64_t>(header.msg_name), header.msg_namelen, true));
  }
  return judgement;
}

// Whatever the filter did not let through: a family or a type that no cell has.
Judgement judge_socket(const char* operation, const Call& call) {
  std::uint64_t family = call.arguments[0] & 0xffffffff;
  SocketAddress address;
  address.family = family_name(family);
  bool known = family == AF_UNIX || family == AF_INET || family == AF_INET6;
  return refuse(known ? EPERM : EAFNOSUPPORT, operation, std::move(address));
}

Judgement judge_device_command(const Call& call) {
  std::uint64_t command = call.arguments[1] & 0xffffffff;
  if (command == TIOCSTI || command == TIOCLINUX)
    return refuse(EPERM, command == TIOCSTI ? "ioctl TIOCSTI" : "ioctl TIOCLINUX");
  return answer(ENOTTY);
}

// Calls of the machine that came here: forbidden everywhere, or not for this profile or with these
// arguments. What is not among them is unknown.
const std::set<int>& refused_numbers() {
  static const std::set<int> numbers = [] {
    std::set<int> found;
    for (auto list : {forbidden(), examined(), allowed_in_kernels()})
      for (std::string_view name : list)
        if (auto number = number_of(name); number && *number >= 0) found.insert(*number);
    return found;
  }();
  return numbers;
}

}  // namespace

Judgement Judge::judge_execution(const Call& call) {
  // The seal executes the payload of a worker through here, before any foreign byte was read.
  if (profile_ == Profile::worker && !executed_) {
    executed_ = true;
    return {};
  }
  return refuse(EPERM, name_of(call.number));
}

Judgement Judge::judge(const Call& call, Memory& memory) {
  if (call.number == SYS_execve) return judge_execution(call);
  Judgement judgement = judge_call(call, memory);
  // A worker has no socket that may be given an address.
  if (profile_ == Profile::worker && judgement.error == 0 && !judgement.pretended)
    return refuse(EPERM, name_of(call.number));
  return judgement;
}

Judgement Judge::judge_call(const Call& call, Memory& memory) {
  const auto& arguments = call.arguments;
  switch (call.number) {
    case SYS_connect:
      return judge_address("connect", memory, arguments[1], arguments[2], false);
    case SYS_bind:
      return judge_address("bind", memory, arguments[1], arguments[2], false);
    case SYS_sendto:
      return judge_address("sendto", memory, arguments[4], arguments[5], true);
    case SYS_sendmsg:
      return judge_messages("sendmsg", memory, arguments[1], 1, sizeof(msghdr));
    case SYS_sendmmsg:
      return judge_messages("sendmmsg", memory, arguments[1], arguments[2], sizeof(mmsghdr));
    case SYS_socket:
      return judge_socket("socket", call);
    case SYS_socketpair:
      return judge_socket("socketpair", call);
    case SYS_ioctl:
      return judge_device_command(call);
    case SYS_prlimit64:  // of core files (filter.cpp)
      return pretend();
    default:
      break;
  }
  if (refused_numbers().contains(call.number)) return refuse(EPERM, name_of(call.number));
  return answer(ENOSYS);
}

}  // namespace cloister::cell
