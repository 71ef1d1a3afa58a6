// SPDX-License-Identifier: Apache-2.0
#include "kernel_sockets.hpp"

#include "cloister/cell/errors.hpp"

#include <fmt/format.h>
#include <zmq.hpp>

#include <algorithm>
#include <utility>

namespace cloister::cell {
namespace {

constexpr int send_messages_max = 1000;  // that wait in libzmq for a kernel that does not read
constexpr int reconnect_ms = 20;
constexpr int reconnect_ms_max = 1000;

std::unexpected<base::Error> failed(const char* doing, const zmq::error_t& error) {
  return base::fail(errors::kernel_socket, fmt::format("{}: {}", doing, error.what()));
}

base::Bytes bytes_of(const zmq::message_t& part) {
  const auto* begin = static_cast<const std::byte*>(part.data());
  return {begin, begin + part.size()};
}

}  // namespace

struct KernelSockets::State {
  wire::JupyterLimits limits;
  zmq::context_t context{1};
  std::array<zmq::socket_t, 4> sockets;
  std::array<zmq::socket_t, 4> monitors;
  std::array<io::Descriptor, 4> files;

  zmq::socket_t& socket(wire::Channel channel) {
    return sockets[static_cast<std::size_t>(channel)];
  }

  void open(wire::Channel channel, const std::string& identity) {
    bool iopub = channel == wire::Channel::iopub;
    zmq::socket_t& one = socket(channel);
    one = zmq::socket_t(context, iopub ? zmq::socket_type::sub : zmq::socket_type::dealer);
    one.set(zmq::sockopt::linger, 0);
    one.set(zmq::sockopt::sndhwm, send_messages_max);
    one.set(zmq::sockopt::rcvhwm, 0);
    // SECURITY: libzmq takes no memory for a frame larger than this; the connection ends
    // (test: test_huge_frames_harm_nobody).
    one.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits.bytes_max));
    one.set(zmq::sockopt::reconnect_ivl, reconnect_ms);
    one.set(zmq::sockopt::reconnect_ivl_max, reconnect_ms_max);
    if (iopub)
      one.set(zmq::sockopt::subscribe, "");
    else
      one.set(zmq::sockopt::routing_id, identity);
    std::size_t index = static_cast<std::size_t>(channel);
    std::string name = fmt::format("inproc://monitor-{}", index);
    if (zmq_socket_monitor(one.handle(), name.c_str(), ZMQ_EVENT_DISCONNECTED) != 0)
      throw zmq::error_t();
    monitors[index] = zmq::socket_t(context, zmq::socket_type::pair);
    monitors[index].connect(name);
  }

  // Takes the rest of a message that nobody wants.
  static void skip(zmq::socket_t& from) {
    zmq::message_t part;
    while (from.get(zmq::sockopt::rcvmore) != 0)
      if (!from.recv(part, zmq::recv_flags::dontwait)) return;
  }
};

KernelSockets::KernelSockets(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelSockets::~KernelSockets() = default;

base::Result<std::unique_ptr<KernelSockets>> KernelSockets::open(
    const std::string& identity, const wire::JupyterLimits& limits) {
  try {
    auto state = std::make_unique<State>();
    state->limits = limits;
    for (wire::Channel channel : kernel_channels) state->open(channel, identity);
    return std::unique_ptr<KernelSockets>(new KernelSockets(std::move(state)));
  } catch (const zmq::error_t& error) {
    return failed("cannot make the sockets of a kernel", error);
  }
}

base::Outcome KernelSockets::connect(wire::Channel channel, io::Descriptor file) {
  try {
    state_->socket(channel).connect(fmt::format("ipc:///proc/self/fd/{}", file.number()));
    state_->files[static_cast<std::size_t>(channel)] = std::move(file);
    return {};
  } catch (const zmq::error_t& error) {
    return failed("cannot connect to a kernel", error);
  }
}

base::Outcome KernelSockets::send(wire::Channel channel, const std::vector<base::Bytes>& frames) {
  try {
    zmq::socket_t& to = state_->socket(channel);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      auto flags = zmq::send_flags::dontwait;
      if (i + 1 < frames.size()) flags = flags | zmq::send_flags::sndmore;
      if (!to.send(zmq::buffer(frames[i]), flags))
        return base::fail(errors::kernel_busy, "the kernel takes no more messages");
    }
    return {};
  } catch (const zmq::error_t& error) {
    return failed("cannot send to a kernel", error);
  }
}

base::Result<std::optional<std::vector<base::Bytes>>> KernelSockets::receive(
    wire::Channel channel) {
  try {
    zmq::socket_t& from = state_->socket(channel);
    std::vector<base::Bytes> frames;
    std::size_t bytes = 0;
    do {
      zmq::message_t part;
      if (!from.recv(part, zmq::recv_flags::dontwait)) {
        if (frames.empty()) return std::nullopt;
        return base::fail(errors::kernel_socket, "a message of a kernel is torn");
      }
      bytes += part.size();
      if (frames.size() == state_->limits.parts_max || bytes > state_->limits.bytes_max) {
        State::skip(from);
        return base::fail(errors::kernel_socket, "a message of a kernel is too large");
      }
      frames.push_back(bytes_of(part));
    } while (from.get(zmq::sockopt::rcvmore) != 0);
    return frames;
  } catch (const zmq::error_t& error) {
    return failed("cannot receive from a kernel", error);
  }
}

void KernelSockets::wait(const io::Descriptor& wake, io::Deadline deadline) {
  std::array<zmq::pollitem_t, 5> items{};
  for (std::size_t i = 0; i < state_->sockets.size(); ++i)
    items[i] = {state_->sockets[i].handle(), 0, ZMQ_POLLIN, 0};
  items[4] = {nullptr, wake.number(), ZMQ_POLLIN, 0};
  std::chrono::milliseconds time{-1};
  if (deadline != io::no_deadline)
    time = std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(
                                                      deadline - std::chrono::steady_clock::now()));
  // An interruption is no matter: whoever waits looks again.
  zmq_poll(reinterpret_cast<zmq_pollitem_t*>(items.data()), static_cast<int>(items.size()),
           static_cast<long>(time.count()));
}

unsigned KernelSockets::disconnects() {
  unsigned count = 0;
  try {
    for (zmq::socket_t& monitor : state_->monitors) {
      zmq::message_t part;
      while (monitor.recv(part, zmq::recv_flags::dontwait)) {
        State::skip(monitor);
        ++count;
      }
    }
  } catch (const zmq::error_t&) {
    return count;
  }
  return count;
}

}  // namespace cloister::cell
