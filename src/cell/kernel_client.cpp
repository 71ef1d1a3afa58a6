// SPDX-License-Identifier: Apache-2.0
#include "kernel_client.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/wire/json.hpp"

#include "connection_file.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloister::cell {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t outgoing_bytes_max = 64u << 20;
constexpr std::chrono::milliseconds look_time{5};     // between two looks for the kernel's sockets
constexpr std::chrono::milliseconds greet_time{250};  // between two greetings
constexpr int messages_per_round = 500;
constexpr wire::JupyterLimits message_limits{};

std::string execution_state_in(const wire::JupyterMessage& message) {
  auto content = wire::parse_json_object(base::as_text(message.content));
  return content ? wire::text_or(*content, "execution_state", "") : "";
}

}  // namespace

base::Result<std::unique_ptr<KernelClient>> KernelClient::start(KernelClientParts parts) {
  io::Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.open()) return base::fail_errno(errors::kernel_socket, "cannot wait", errno);
  base::SystemRandom random;
  CLOISTER_TRY(auto sockets, KernelSockets::open(base::random_id(random), message_limits));
  std::unique_ptr<KernelClient> client(
      new KernelClient(std::move(parts), std::move(sockets), std::move(wake)));
  client->thread_ =
      std::jthread([raw = client.get()](const std::stop_token& stop) { raw->run(stop); });
  return client;
}

KernelClient::KernelClient(KernelClientParts parts, std::unique_ptr<KernelSockets> sockets,
                           io::Descriptor wake)
    : parts_(std::move(parts)),
      sockets_(std::move(sockets)),
      wake_(std::move(wake)),
      session_(base::random_id(random_)),
      idle_(parts_.settings.lost_idle_time) {}

KernelClient::~KernelClient() {
  stop();
}

void KernelClient::stop() {
  thread_.request_stop();
  eventfd_write(wake_.number(), 1);
  if (thread_.joinable()) thread_.join();
}

base::Outcome KernelClient::send(wire::Channel channel, wire::JupyterMessage message) {
  {
    std::lock_guard lock(mutex_);
    std::size_t bytes = message.bytes();
    if (outgoing_bytes_ + bytes > outgoing_bytes_max)
      return base::fail(errors::kernel_busy, "the kernel takes no more messages");
    outgoing_bytes_ += bytes;
    outgoing_.push_back({.channel = channel, .message = std::move(message)});
  }
  eventfd_write(wake_.number(), 1);
  return {};
}

base::Outcome KernelClient::request(wire::Channel channel, std::string_view type,
                                    std::string content_json) {
  wire::Synthesis from{.session = session_, .why = "request"};
  return send(channel, wire::synthesise(from, type, std::move(content_json), {}, clock_, random_));
}

void KernelClient::run(const std::stop_token& stop) {
  if (!connect(stop) || !greet(stop)) {
    if (!stop.stop_requested()) parts_.give_up("the kernel did not answer in time");
    return;
  }
  parts_.status.change([](attach::State& state) { state.connected = true; });
  while (!stop.stop_requested()) {
    send_waiting();
    pause(idle_.due());
    take_all();
    synthesise_idle();
  }
  take_all();
}

void KernelClient::pause(io::Deadline deadline) {
  sockets_->wait(wake_, deadline);
  eventfd_t count = 0;
  eventfd_read(wake_.number(), &count);
}

bool KernelClient::connect(const std::stop_token& stop) {
  io::Deadline deadline = io::deadline_in(parts_.settings.start_time);
  return std::ranges::all_of(
      kernel_channels, [&](wire::Channel channel) { return find_socket(channel, deadline, stop); });
}

// SECURITY: what is connected to is a socket in the cell's own memory, held while it was looked at:
// a link that code in the cell made leads nowhere else
// (test: test_a_link_in_place_of_a_socket_leads_nowhere).
bool KernelClient::find_socket(wire::Channel channel, io::Deadline deadline,
                               const std::stop_token& stop) {
  while (!stop.stop_requested() && Clock::now() < deadline) {
    auto file = parts_.own.find_in_memory(parts_.payload, socket_path(channel));
    if (file) return sockets_->connect(channel, *std::move(file)).has_value();
    pause(io::deadline_in(look_time));
  }
  return false;
}

// A subscription takes a moment to reach the kernel, and what it publishes before is lost. So the
// kernel is asked until it was heard on iopub too.
bool KernelClient::greet(const std::stop_token& stop) {
  io::Deadline deadline = io::deadline_in(parts_.settings.start_time);
  while (!stop.stop_requested() && Clock::now() < deadline) {
    wire::Synthesis from{.session = session_, .why = "greeting"};
    auto greeting = wire::synthesise(from, "kernel_info_request", "{}", {}, clock_, random_);
    if (auto header = wire::read_header(greeting.header)) greetings_.insert(header->id);
    static_cast<void>(sockets_->send(wire::Channel::shell, wire::frames_of(greeting, parts_.key)));
    io::Deadline next = io::deadline_in(greet_time);
    while (!stop.stop_requested() && Clock::now() < next && !iopub_heard_) {
      pause(next);
      take_all();
    }
    if (iopub_heard_) return true;
  }
  return false;
}

void KernelClient::take_all() {
  for (wire::Channel channel : kernel_channels) {
    for (int i = 0; i < messages_per_round; ++i) {
      auto frames = sockets_->receive(channel);
      if (!frames)
        parts_.status.change([](attach::State& state) { ++state.malformed; });
      else if (*frames)
        take(channel, **std::move(frames));
      else
        break;
    }
  }
  if (unsigned broken = sockets_->disconnects(); broken > 0)
    parts_.status.change([broken](attach::State& state) { state.disconnects += broken; });
}

// SECURITY: what is not signed with the kernel's key is counted and goes no further
// (test: test_nonsense_on_the_sockets_is_counted).
void KernelClient::take(wire::Channel channel, std::vector<base::Bytes> frames) {
  auto message = wire::message_from_frames(std::move(frames), parts_.key, message_limits);
  auto header = message ? wire::read_header(message->header) : std::unexpected(message.error());
  if (!header) {
    parts_.status.change([](attach::State& state) { ++state.malformed; });
    return;
  }
  std::string parent = wire::read_parent_header(message->parent_header).id;
  if (channel == wire::Channel::iopub) {
    iopub_heard_ = true;
    idle_.heard(Clock::now());
  }
  hear(channel, *header, *message, parent);
  if (greetings_.contains(parent) || header->type == "iopub_welcome") return;
  parts_.journal.append(channel, kind_of(channel, header->type), *message);
}

void KernelClient::hear(wire::Channel channel, const wire::JupyterHeader& header,
                        const wire::JupyterMessage& message, const std::string& parent) {
  std::string now;
  if (channel == wire::Channel::iopub && header.type == "status") {
    now = execution_state_in(message);
    if (now == "idle") idle_.idle(parent);
  }
  if (header.type == "execute_reply") idle_.replied(parent, Clock::now());
  std::int64_t time = clock_.now().time_since_epoch().count();
  parts_.status.change([&](attach::State& state) {
    if (!now.empty() && now.size() <= 64) state.execution_state = now;
    if (header.session.size() <= 256) state.session = header.session;
    if (!greetings_.contains(parent)) state.last_activity = time;
  });
}

void KernelClient::send_waiting() {
  for (;;) {
    Outgoing next;
    {
      std::lock_guard lock(mutex_);
      if (outgoing_.empty()) return;
      next = std::move(outgoing_.front());
      outgoing_.pop_front();
      outgoing_bytes_ -= next.message.bytes();
    }
    auto header = wire::read_header(next.message.header);
    if (header && header->type == "execute_request")
      idle_.requested(header->id, next.message.header);
    if (!sockets_->send(next.channel, wire::frames_of(next.message, parts_.key)))
      parts_.status.change([](attach::State& state) { ++state.refused; });
  }
}

void KernelClient::synthesise_idle() {
  for (base::Bytes& header : idle_.lost(Clock::now())) {
    attach::State state = parts_.status.get();
    wire::Synthesis from{.session = state.session, .why = "lost-idle"};
    parts_.journal.append(wire::Channel::iopub, EntryKind::kept,
                          wire::status_message(from, "idle", std::move(header), clock_, random_));
    parts_.status.change([](attach::State& known) {
      ++known.synthesised_idle;
      known.execution_state = "idle";
    });
  }
}

}  // namespace cloister::cell
