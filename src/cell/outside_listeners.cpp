// SPDX-License-Identifier: Apache-2.0
#include "outside_listeners.hpp"

#include "cloister/cell/errors.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>

namespace cloister::cell {
namespace {

constexpr std::size_t sightings_max = 1000;  // more are not needed to say "escaped"

std::string_view type_name(int type) {
  return type == SOCK_STREAM ? "stream" : type == SOCK_DGRAM ? "datagram" : "packet";
}

// The answer of a name server to the question in `bytes`: the outside's address for every name.
// Nothing when it is no question (RFC 1035 §4: one question, no answers).
std::optional<std::string> answer_name(std::string_view bytes) {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.size() < 17 || byte(2) != 1 || byte(4) != 0 || byte(5) != 1) return std::nullopt;
  std::size_t at = 12;
  while (at < bytes.size() && byte(at) != 0) at += byte(at) + 1u;
  at += 5;
  if (at > bytes.size()) return std::nullopt;
  std::string answer(bytes.substr(0, at));
  bool wants_address = byte(at - 4) == 0 && byte(at - 3) == 1;
  answer[2] = '\x81';
  answer[3] = '\x80';
  std::memset(answer.data() + 6, 0, 6);
  if (!wants_address) return answer;
  answer[7] = 1;
  in_addr address{};
  inet_pton(AF_INET, std::string(outside_address4).c_str(), &address);
  answer.append("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04", 12);
  answer.append(reinterpret_cast<const char*>(&address), 4);
  return answer;
}

std::string answer_to(std::string_view bytes, bool names, bool framed) {
  if (names && framed && bytes.size() > 2)
    if (auto answer = answer_name(bytes.substr(2))) {
      std::string head{static_cast<char>(answer->size() >> 8),
                       static_cast<char>(answer->size() & 0xff)};
      return head + *answer;
    }
  if (names && !framed)
    if (auto answer = answer_name(bytes)) return *answer;
  return "seen " + std::string(bytes);
}

}  // namespace

OutsideListeners::~OutsideListeners() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  order();
  thread_.join();
}

void OutsideListeners::order() {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t told = ::write(orders_.number(), &one, sizeof one);
}

base::Outcome OutsideListeners::listen_inet(std::string_view address, int port, int type,
                                            int protocol) {
  std::string text(address);
  sockaddr_in four{};
  sockaddr_in6 six{};
  std::string name = fmt::format("{} {} port {}", type_name(type), address, port);
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(static_cast<std::uint16_t>(port));
    return bind_and_add(reinterpret_cast<sockaddr*>(&four), sizeof four, type, name, protocol,
                        port == 53);
  }
  inet_pton(AF_INET6, text.c_str(), &six.sin6_addr);
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(static_cast<std::uint16_t>(port));
  return bind_and_add(reinterpret_cast<sockaddr*>(&six), sizeof six, type, name, protocol,
                      port == 53);
}

base::Outcome OutsideListeners::listen_abstract(const std::string& name, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::size_t size = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), size);
  return bind_and_add(reinterpret_cast<sockaddr*>(&address),
                      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size), type,
                      fmt::format("abstract {} {}", type_name(type), name));
}

base::Outcome OutsideListeners::listen_path(const std::string& path, int type, uid_t owner) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::fail(errors::selftest, "the path of a socket is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  CLOISTER_TRY_DO(bind_and_add(reinterpret_cast<sockaddr*>(&address), sizeof address, type,
                               fmt::format("{} {}", type_name(type), path)));
  if (chown(path.c_str(), owner, owner) != 0)
    return base::fail_errno(errors::selftest, "cannot give a socket to its owner", errno);
  return {};
}

base::Outcome OutsideListeners::join_multicast(std::string_view group, int port) {
  CLOISTER_TRY_DO(listen_inet(group, port, SOCK_DGRAM));
  auto made = std::ranges::find_if(services_, [&](const auto& entry) {
    return entry.second.name.find(group) != std::string::npos;
  });
  ip_mreqn membership{};
  inet_pton(AF_INET, std::string(group).c_str(), &membership.imr_multiaddr);
  membership.imr_ifindex = 1;  // lo is the first interface of a namespace
  if (setsockopt(made->first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) != 0)
    return base::fail_errno(errors::selftest, "cannot join a multicast group", errno);
  return {};
}

base::Outcome OutsideListeners::bind_and_add(const sockaddr* address, socklen_t size, int type,
                                             std::string name, int protocol, bool names) {
  io::Descriptor socket(
      ::socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  int on = 1;
  if (socket.open() && address->sa_family == AF_INET6)
    setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (!socket.open() || bind(socket.number(), address, size) != 0 ||
      (type != SOCK_DGRAM && listen(socket.number(), 64) != 0))
    return base::fail_errno(errors::selftest, "cannot listen at " + name, errno);
  return add(std::move(socket), std::move(name), type, names);
}

base::Outcome OutsideListeners::add(io::Descriptor socket, std::string name, int type, bool names) {
  if (!events_.open()) events_ = io::Descriptor(epoll_create1(EPOLL_CLOEXEC));
  int number = socket.number();
  epoll_event event{.events = EPOLLIN, .data = {.fd = number}};
  if (epoll_ctl(events_.number(), EPOLL_CTL_ADD, number, &event) != 0)
    return base::fail_errno(errors::selftest, "cannot watch a socket", errno);
  services_[number] = {
      .socket = std::move(socket), .name = std::move(name), .type = type, .names = names};
  return {};
}

base::Outcome OutsideListeners::start() {
  orders_ = io::Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{.events = EPOLLIN, .data = {.fd = orders_.number()}};
  if (epoll_ctl(events_.number(), EPOLL_CTL_ADD, orders_.number(), &event) != 0)
    return base::fail_errno(errors::selftest, "cannot watch a socket", errno);
  thread_ = std::thread([this] { run(); });
  return {};
}

std::vector<std::string> OutsideListeners::take_sightings() {
  std::unique_lock lock(mutex_);
  std::uint64_t wanted = ++settle_wanted_;
  order();
  settled_changed_.wait(lock, [&] { return settled_ >= wanted; });
  return std::exchange(sightings_, {});
}

// What is ready is served before an order is: an order is done when nothing else is ready.
void OutsideListeners::run() {
  for (;;) {
    std::uint64_t wanted = 0;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      wanted = settle_wanted_;
    }
    std::array<epoll_event, 64> ready;
    int wait_ms = wanted == settled_ ? -1 : 0;
    int count = epoll_wait(events_.number(), ready.data(), ready.size(), wait_ms);
    bool served = false;
    for (int i = 0; i < count; ++i) {
      int number = ready[static_cast<std::size_t>(i)].data.fd;
      std::uint64_t orders = 0;
      if (number != orders_.number())
        served = (serve(number), true);
      else [[maybe_unused]]
        ssize_t taken = ::read(number, &orders, sizeof orders);
    }
    if (served || wait_ms != 0) continue;
    std::lock_guard lock(mutex_);
    settled_ = wanted;
    settled_changed_.notify_all();
  }
}

void OutsideListeners::serve(int number) {
  auto found = services_.find(number);
  if (found == services_.end()) return;
  Service& service = found->second;
  if (service.type != SOCK_DGRAM && !service.connection) return accept_one(service);
  std::array<char, 4096> bytes;
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  ssize_t count =
      recvfrom(number, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (count < 0 && (errno == EAGAIN || service.type == SOCK_DGRAM)) return;
  if (count <= 0 && service.connection) {
    services_.erase(found);
    --connections_open_;
    return;
  }
  std::string_view text(bytes.data(), static_cast<std::size_t>(count));
  see(service, text);
  std::string answer = answer_to(text, service.names, service.type == SOCK_STREAM);
  const sockaddr* to = service.connection ? nullptr : reinterpret_cast<const sockaddr*>(&from);
  [[maybe_unused]] ssize_t sent =
      sendto(number, answer.data(), answer.size(), MSG_NOSIGNAL, to, service.connection ? 0 : size);
}

void OutsideListeners::accept_one(const Service& service) {
  io::Descriptor socket(
      accept4(service.socket.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.open()) return;
  see(service, {});
  int number = socket.number();
  if (!add(std::move(socket), service.name, service.type, service.names)) return;
  services_[number].connection = true;
  ++connections_open_;
}

void OutsideListeners::see(const Service& service, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  if (sightings_.size() < sightings_max)
    sightings_.push_back(fmt::format(
        "{}: {}", service.name,
        bytes.empty() ? std::string("a connection") : fmt::format("{} bytes", bytes.size())));
}

}  // namespace cloister::cell
