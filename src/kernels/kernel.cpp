// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/kernel.hpp"

#include "cloister/io/frame_socket.hpp"
#include "cloister/kernels/errors.hpp"

#include "kernel_cell.hpp"
#include "kernel_folder.hpp"
#include "kernel_record.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace cloister::kernels {
namespace {

namespace attach_protocol = cell::attach;

constexpr std::chrono::seconds order_time{30};
constexpr std::chrono::seconds end_time{20};
constexpr std::uint64_t window_bytes = 4u << 20;
constexpr std::uint64_t grant_bytes = 1u << 20;

class OwnedKernel final : public Kernel {
 public:
  OwnedKernel(io::Path run_folder, KernelRecord record, KernelEvents events)
      : run_folder_(std::move(run_folder)),
        record_(std::move(record)),
        events_(std::move(events)) {}

  ~OwnedKernel() override {
    hang_up();
    if (supervisor_) supervisor_->leave();
  }

  base::Outcome start_cell(const base::SecretBytes& key) {
    CLOISTER_TRY(cell::KernelDescriptors descriptors, make_kernel_folder(run_folder_));
    cell::KernelSettings settings = record_.start.settings;
    settings.kernel_name = record_.start.spec.name;
    settings.interrupt_mode = record_.start.spec.interrupt_mode;
    settings.first_seq = next_seq_;
    CLOISTER_TRY(cell::KernelCell cell,
                 cell::start_kernel_cell(cell_of_kernel(record_.start, door_path(run_folder_)),
                                         settings, std::move(descriptors), key));
    record_.supervisor = cell.supervisor.id();
    record_.started = start_of_process(record_.supervisor);
    supervisor_ = std::move(cell.supervisor);
    CLOISTER_TRY_DO(write_record(run_folder_, record_));
    return connect();
  }

  base::Outcome connect() {
    CLOISTER_TRY(io::Descriptor connected, io::connect_to(attach_path(run_folder_)));
    std::lock_guard lock(mutex_);
    socket_ = std::make_unique<io::FrameSocket>(std::move(connected));
    ended_.reset();
    over_ = false;
    leaving_ = false;
    listener_ = std::thread([this] { listen(); });
    return {};
  }

  const KernelStart& start_of() const override { return record_.start; }

  base::Outcome subscribe(std::uint64_t from) override {
    subscribed_ = true;
    return order(attach_protocol::Subscribe{.from = from, .credit = window_bytes});
  }
  base::Outcome send(wire::Channel channel, const wire::JupyterMessage& message) override {
    wire::PackedMessage packed = wire::pack(message);
    return order(attach_protocol::Send{.channel = channel, .sizes = std::move(packed.sizes)},
                 std::move(packed.bytes));
  }
  base::Outcome ask_state() override { return order(attach_protocol::AskState{}); }
  base::Outcome interrupt() override { return order(attach_protocol::Interrupt{}); }
  base::Outcome shut_down() override { return order(attach_protocol::Shutdown{.restart = false}); }
  base::Outcome kill() override { return order(attach_protocol::Kill{}); }

  std::optional<attach_protocol::Ended> wait_for_end(io::Deadline deadline) override {
    std::unique_lock lock(mutex_);
    auto known = [this] { return over_; };
    if (deadline == io::no_deadline)
      changed_.wait(lock, known);
    else
      changed_.wait_until(lock, deadline, known);
    std::optional<attach_protocol::Ended> ended = ended_;
    lock.unlock();
    // Nothing of it stays behind, not even a process that nobody asked for its end.
    if (ended && supervisor_) static_cast<void>(supervisor_->wait(io::deadline_in(end_time)));
    return ended;
  }

  base::Outcome restart(const base::SecretBytes& key) override {
    CLOISTER_TRY_DO(order(attach_protocol::Shutdown{.restart = true}));
    if (!wait_for_end(io::deadline_in(end_time)))
      return base::fail(errors::kernel_gone, "the kernel does not end");
    hang_up();
    if (supervisor_) static_cast<void>(supervisor_->wait(io::deadline_in(end_time)));
    bool subscribed = subscribed_;
    CLOISTER_TRY_DO(start_cell(key));
    return subscribed ? subscribe(next_seq_) : base::Outcome();
  }

 private:
  void hang_up() {
    {
      std::lock_guard lock(mutex_);
      leaving_ = true;
      if (socket_) socket_->shut_down();
    }
    if (listener_.joinable()) listener_.join();
  }

  base::Outcome order(const attach_protocol::Order& order, base::Bytes body = {}) {
    std::lock_guard lock(sending_);
    io::Frame frame{
        .header = attach_protocol::to_json(order), .body = std::move(body), .descriptors = {}};
    if (!socket_ || !socket_->send(frame, io::deadline_in(order_time)))
      return base::fail(errors::kernel_gone, "the kernel is not there any more");
    return {};
  }

  void listen() {
    for (;;) {
      auto frame = socket_->receive(io::no_deadline);
      if (!frame) break;
      auto event = attach_protocol::event_from_json(frame->header);
      if (!event) break;
      std::visit([&](const auto& one) { hear(one, *frame); }, *event);
    }
    {
      std::lock_guard lock(mutex_);
      over_ = true;
      changed_.notify_all();
    }
    if (events_.gone && !leaving_) events_.gone();
  }

  void hear(const attach_protocol::Message& message, io::Frame& frame) {
    next_seq_ = message.seq + 1;
    std::uint64_t cost = attach_protocol::message_cost(frame.body.size());
    if (events_.message) events_.message(message, std::move(frame.body));
    used_ += cost;
    if (used_ < grant_bytes) return;
    static_cast<void>(order(attach_protocol::Credit{.bytes = std::exchange(used_, 0)}));
  }
  void hear(const attach_protocol::State& state, io::Frame&) {
    if (events_.state) events_.state(state);
  }
  void hear(const attach_protocol::Attempted& attempted, io::Frame&) {
    if (events_.attempt) events_.attempt(attempted.attempt);
    static_cast<void>(order(attach_protocol::AttemptsTaken{.through = attempted.number}));
  }
  void hear(const attach_protocol::Door&, io::Frame& frame) {
    if (events_.door && frame.descriptors.size() == 1)
      events_.door(std::move(frame.descriptors.front()));
  }
  void hear(const attach_protocol::Refused& refused, io::Frame&) {
    if (events_.refused) events_.refused(refused.error);
  }
  void hear(const attach_protocol::Ended& ended, io::Frame&) {
    leaving_ = true;
    if (events_.ended) events_.ended(ended);
    static_cast<void>(order(attach_protocol::Forget{}));
    std::lock_guard lock(mutex_);
    ended_ = ended;
    over_ = true;
    changed_.notify_all();
  }

  io::Path run_folder_;
  KernelRecord record_;
  KernelEvents events_;
  std::optional<io::Process> supervisor_;  // when we started it
  std::atomic<std::uint64_t> next_seq_ = 0;
  std::atomic<bool> subscribed_ = false;
  std::uint64_t used_ = 0;  // of the window; the listening thread's
  std::unique_ptr<io::FrameSocket> socket_;
  std::mutex sending_;  // one order at a time
  std::mutex mutex_;    // guards ended_, over_
  std::condition_variable changed_;
  std::optional<attach_protocol::Ended> ended_;
  bool over_ = false;
  std::atomic<bool> leaving_ = false;  // it is us who hang up
  std::thread listener_;
};

}  // namespace

base::Result<std::unique_ptr<Kernel>> Kernel::start(const KernelStart& start,
                                                    const io::Path& run_folder,
                                                    const base::SecretBytes& journal_key,
                                                    KernelEvents events) {
  CLOISTER_TRY_DO(check_start(start));
  KernelRecord record{.start = start, .supervisor = -1, .started = 0};
  auto kernel = std::make_unique<OwnedKernel>(run_folder, std::move(record), std::move(events));
  CLOISTER_TRY_DO(kernel->start_cell(journal_key));
  return kernel;
}

base::Result<std::unique_ptr<Kernel>> Kernel::attach(const io::Path& run_folder,
                                                     KernelEvents events) {
  CLOISTER_TRY(KernelRecord record, read_record(run_folder));
  if (record.started == 0 || start_of_process(record.supervisor) != record.started)
    return base::fail(errors::kernel_gone, "the supervisor of this kernel is gone");
  auto kernel = std::make_unique<OwnedKernel>(run_folder, std::move(record), std::move(events));
  CLOISTER_TRY_DO(kernel->connect());
  return kernel;
}

}  // namespace cloister::kernels
