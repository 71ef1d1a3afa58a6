// SPDX-License-Identifier: Apache-2.0
#include "attachment.hpp"

#include "cloister/cell/errors.hpp"

#include <algorithm>
#include <utility>

namespace cloister::cell {
namespace {

constexpr std::chrono::seconds send_time{30};  // an owner that does not listen is none
constexpr std::size_t queue_max = 1024;        // an owner that asks and does not listen neither
constexpr std::size_t doors_max = 64;
constexpr std::int64_t credit_max = 1ll << 30;

}  // namespace

Attachment::Attachment(io::Descriptor socket, AttachmentParts parts)
    : socket_(std::move(socket)), parts_(std::move(parts)) {
  listening_ = std::jthread([this] { listen(); });
  speaking_ = std::jthread([this] { speak(); });
}

Attachment::~Attachment() {
  close();
}

void Attachment::close() {
  over_ = true;
  socket_.shut_down();
  ring();
}

void Attachment::ring() {
  std::lock_guard lock(mutex_);
  rung_ = true;
  changed_.notify_one();
}

void Attachment::listen() {
  while (!over_) {
    auto frame = socket_.receive(io::no_deadline);
    if (!frame) break;
    auto obeyed = obey(*std::move(frame));
    if (!obeyed && !queue(attach::Refused{.error = obeyed.error()})) break;
  }
  close();
  parts_.over();
}

base::Outcome Attachment::obey(io::Frame frame) {
  CLOISTER_TRY(attach::Order order, attach::order_from_json(frame.header));
  if (const auto* send = std::get_if<attach::Send>(&order)) return pass_on(*send, frame.body);
  if (const auto* taken = std::get_if<attach::AttemptsTaken>(&order)) {
    parts_.attempts.taken(taken->through);
    return {};
  }
  if (std::holds_alternative<attach::AskState>(order)) {
    if (queue(parts_.state())) return {};
    return base::fail(errors::kernel_busy, "too many answers wait to be read");
  }
  std::unique_lock lock(mutex_);
  if (const auto* subscribe = std::get_if<attach::Subscribe>(&order)) {
    subscribed_ = true;
    cursor_ = subscribe->from;
    credit_ = static_cast<std::int64_t>(std::min<std::uint64_t>(subscribe->credit, credit_max));
  } else if (const auto* credit = std::get_if<attach::Credit>(&order)) {
    auto more = static_cast<std::int64_t>(std::min<std::uint64_t>(credit->bytes, credit_max));
    credit_ = std::min(credit_ + more, credit_max);
  } else {
    lock.unlock();
    parts_.obey(std::move(order));
    return {};
  }
  rung_ = true;
  changed_.notify_one();
  return {};
}

base::Outcome Attachment::pass_on(const attach::Send& order, const base::Bytes& body) {
  if (order.channel == wire::Channel::iopub)
    return base::fail(errors::bad_attach, "nothing can be sent on iopub");
  CLOISTER_TRY(wire::JupyterMessage message, wire::unpack(order.sizes, body));
  CLOISTER_TRY_DO(wire::read_header(message.header));
  return parts_.send(order.channel, std::move(message));
}

bool Attachment::queue(attach::Event event, io::Descriptor descriptor) {
  std::lock_guard lock(mutex_);
  if (queue_.size() >= queue_max) return false;
  queue_.push_back({.event = std::move(event), .descriptor = std::move(descriptor)});
  rung_ = true;
  changed_.notify_one();
  return true;
}

void Attachment::hand_over(io::Descriptor door) {
  {
    std::lock_guard lock(mutex_);
    auto doors =
        std::ranges::count_if(queue_, [](const Outgoing& one) { return one.descriptor.open(); });
    if (static_cast<std::size_t>(doors) >= doors_max) return;
  }
  queue(attach::Door{}, std::move(door));
}

void Attachment::tell_end(attach::Ended ended) {
  std::lock_guard lock(mutex_);
  end_ = std::move(ended);
  rung_ = true;
  changed_.notify_one();
}

void Attachment::speak() {
  while (!over_) {
    while (!over_ && send_next()) {
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rung_ || over_; });
    rung_ = false;
  }
}

bool Attachment::send_next() {
  return send_queued() || send_attempt() || send_message() || send_end();
}

bool Attachment::send_queued() {
  std::unique_lock lock(mutex_);
  if (queue_.empty()) return false;
  Outgoing next = std::move(queue_.front());
  queue_.pop_front();
  lock.unlock();
  return send(next.event, {}, std::move(next.descriptor));
}

bool Attachment::send_attempt() {
  auto next = parts_.attempts.after(attempts_sent_, 1);
  if (next.empty()) return false;
  attempts_sent_ = next.front().number;
  return send(std::move(next.front()));
}

// SECURITY: no more is sent than was asked for, and nothing is copied before: an owner that does
// not read costs no memory (test: test_a_slow_subscriber_blocks_nobody).
bool Attachment::send_message() {
  std::uint64_t from = 0;
  {
    std::lock_guard lock(mutex_);
    if (!subscribed_ || credit_ <= 0) return false;
    from = cursor_;
  }
  parts_.journal.keep_apart(from);
  auto entry = parts_.journal.read(from);
  if (!entry) return false;
  {
    std::lock_guard lock(mutex_);
    if (cursor_ != from) return true;  // it wants another place now
    cursor_ = entry->seq + 1;
    credit_ -= static_cast<std::int64_t>(attach::message_cost(entry->bytes.size()));
  }
  attach::Message message{.seq = entry->seq,
                          .first = entry->first,
                          .channel = entry->channel,
                          .time = entry->time.time_since_epoch().count(),
                          .sizes = std::move(entry->sizes)};
  return send(std::move(message), std::move(entry->bytes));
}

bool Attachment::send_end() {
  std::unique_lock lock(mutex_);
  if (!end_ || (subscribed_ && credit_ <= 0)) return false;
  attach::Ended ended = *std::exchange(end_, std::nullopt);
  lock.unlock();
  return send(std::move(ended));
}

bool Attachment::send(const attach::Event& event, base::Bytes body, io::Descriptor descriptor) {
  io::Frame frame{.header = attach::to_json(event), .body = std::move(body), .descriptors = {}};
  if (descriptor.open()) frame.descriptors.push_back(std::move(descriptor));
  if (socket_.send(frame, io::deadline_in(send_time))) return true;
  close();
  return false;
}

}  // namespace cloister::cell
