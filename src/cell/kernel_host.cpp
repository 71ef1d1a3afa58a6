// SPDX-License-Identifier: Apache-2.0
#include "kernel_host.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/io/async_socket.hpp"
#include "cloister/wire/json.hpp"

#include "cell_end.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

using Clock = std::chrono::steady_clock;

io::Descriptor accept_now(const io::Descriptor& listener) {
  return io::Descriptor(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
}

bool comes_from(const io::Descriptor& socket, uid_t user) {
  auto peer = io::peer_of(socket);
  return peer && peer->user == user;
}

}  // namespace

KernelHost::KernelHost(HostedKernel kernel, const CellSpec& spec, RunningCell& cell)
    : kernel_(std::move(kernel)),
      spec_(spec),
      cell_(cell),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      last_words_(std::move(kernel_.streams)),
      start_(Clock::now()),
      lonely_end_(start_ + kernel_.settings.lonely_time) {
  const KernelSettings& settings = kernel_.settings;
  JournalLimits limits{.memory_bytes = settings.journal_memory_bytes,
                       .bytes = settings.journal_bytes};
  auto file = std::make_unique<JournalFile>(std::move(kernel_.descriptors.journal),
                                            std::move(kernel_.journal_key));
  journal_ = std::make_unique<Journal>(limits, std::move(file), settings.first_seq, [this] {
    std::lock_guard lock(mutex_);
    if (attachment_) attachment_->ring();
  });
  status_.change([&](attach::State& state) {
    state.pid = cell.payload.id();
    state.limits_by = kernel_.limits_by;
  });
}

KernelHost::~KernelHost() {
  std::unique_ptr<Attachment> last;
  {
    std::lock_guard lock(mutex_);
    last = std::move(attachment_);
  }
  last.reset();  // its threads use the client
}

base::Outcome KernelHost::start_client() {
  KernelClientParts parts{.settings = kernel_.settings,
                          .payload = cell_.payload.id(),
                          .own = cell_.sockets,
                          .key = crypto::HmacSha256(kernel_.signing_key.view()),
                          .journal = *journal_,
                          .status = status_,
                          .give_up = [this](std::string why) {
                            std::lock_guard lock(mutex_);
                            failure_ = std::move(why);
                            wake();
                          }};
  CLOISTER_TRY(client_, KernelClient::start(std::move(parts)));
  return {};
}

void KernelHost::run() {
  if (auto started = start_client(); !started)
    end(EndReason::setup_failed, started.error().message);
  while (!ended_ || !forgotten_) {
    turn();
    look_at_time();
    if (exit_ && !ended_) finish();
  }
}

void KernelHost::wake() {
  eventfd_write(wake_.number(), 1);
}

int KernelHost::wait_ms() {
  io::Deadline next = std::min(polite_end_, ended_ ? io::no_deadline : cell_.recorder->due());
  if (!attachment_) next = std::min(next, lonely_end_);
  if (next == io::no_deadline) return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

void KernelHost::turn() {
  enum { woken, owner, door, words, status, bubblewrap, recorder };
  std::array<pollfd, 7> waited{pollfd{wake_.number(), POLLIN, 0},
                               pollfd{kernel_.descriptors.attach.number(), POLLIN, 0},
                               pollfd{ended_ ? -1 : kernel_.descriptors.door.number(), POLLIN, 0},
                               pollfd{ended_ ? -1 : last_words_.descriptor().number(), POLLIN, 0},
                               pollfd{ended_ ? -1 : cell_.status.number(), POLLIN, 0},
                               pollfd{ended_ ? -1 : cell_.bubblewrap.pidfd().number(), POLLIN, 0},
                               pollfd{ended_ ? -1 : cell_.recorder->ready().number(), POLLIN, 0}};
  if (poll(waited.data(), waited.size(), wait_ms()) < 0) return;
  eventfd_t count = 0;
  eventfd_read(wake_.number(), &count);
  if (waited[owner].revents != 0) accept_owner();
  if (waited[door].revents != 0) accept_door();
  if (waited[words].revents != 0) last_words_.listen();
  take_orders();
  if (!exit_ && (waited[status].revents != 0 || waited[bubblewrap].revents != 0)) {
    exit_.emplace();
    read_end(cell_, *exit_);
  }
}

void KernelHost::look_at_time() {
  Clock::time_point now = Clock::now();
  if (!ended_ && cell_.recorder->due() <= now) {
    attempts_.add(cell_.recorder->take(false));
    if (attachment_) attachment_->ring();
  }
  if (attachment_ && attachment_->over()) {
    std::unique_ptr<Attachment> gone;
    {
      std::lock_guard lock(mutex_);
      gone = std::move(attachment_);
    }
    lonely_end_ = now + kernel_.settings.lonely_time;
  }
  if (!exit_ && now >= polite_end_) end(EndReason::killed);
  if (!attachment_ && now >= lonely_end_) {
    forgotten_ = true;
    if (!exit_) end(EndReason::killed, "nobody came back to this kernel");
  }
}

// SECURITY: only whoever started this kernel may have it (test: test_strangers_cannot_attach).
void KernelHost::accept_owner() {
  io::Descriptor socket = accept_now(kernel_.descriptors.attach);
  if (!socket.open() || !comes_from(socket, kernel_.owner)) return;
  std::unique_ptr<Attachment> before;
  {
    std::lock_guard lock(mutex_);
    before = std::move(attachment_);
  }
  before.reset();  // its threads have ended before the next ones start
  AttachmentParts parts{
      .journal = *journal_,
      .attempts = attempts_,
      .state = [this] { return state(); },
      .send = [this](wire::Channel channel,
                     wire::JupyterMessage message) { return send(channel, std::move(message)); },
      .obey =
          [this](attach::Order order) {
            std::lock_guard lock(mutex_);
            orders_.push_back(std::move(order));
            wake();
          },
      .over = [this] { wake(); }};
  auto next = std::make_unique<Attachment>(std::move(socket), std::move(parts));
  if (ended_) next->tell_end({.exit = *exit_, .last_words = last_words_.text()});
  std::lock_guard lock(mutex_);
  attachment_ = std::move(next);
}

// SECURITY: without an owner nobody speaks at the door (test: test_the_door_survives_its_server).
void KernelHost::accept_door() {
  io::Descriptor socket = accept_now(kernel_.descriptors.door);
  if (socket.open() && attachment_ && comes_from(socket, getuid()))
    attachment_->hand_over(std::move(socket));
}

void KernelHost::take_orders() {
  std::vector<attach::Order> orders;
  std::string failure;
  {
    std::lock_guard lock(mutex_);
    orders.swap(orders_);
    failure.swap(failure_);
  }
  if (!failure.empty() && !exit_) end(EndReason::setup_failed, std::move(failure));
  for (const attach::Order& order : orders) obey(order);
}

void KernelHost::obey(const attach::Order& order) {
  if (std::holds_alternative<attach::Forget>(order)) forgotten_ = ended_;
  if (exit_) return;
  if (std::holds_alternative<attach::Interrupt>(order)) interrupt();
  if (std::holds_alternative<attach::Kill>(order)) end(EndReason::killed);
  if (const auto* shutdown = std::get_if<attach::Shutdown>(&order)) shut_down(shutdown->restart);
}

void KernelHost::interrupt() {
  if (kernel_.settings.interrupt_mode == InterruptMode::message) {
    static_cast<void>(client_->request(wire::Channel::control, "interrupt_request", "{}"));
    return;
  }
  // The seal made it a group of its own; the payload is held, so the number is still its.
  if (kill(-cell_.payload.id(), SIGINT) != 0) cell_.payload.signal(SIGINT);
}

void KernelHost::shut_down(bool restart) {
  wire::json::object content{{"restart", restart}};
  static_cast<void>(
      client_->request(wire::Channel::control, "shutdown_request", wire::json::serialize(content)));
  polite_end_ = std::min(polite_end_, Clock::now() + kernel_.settings.polite_time);
}

void KernelHost::end(EndReason reason, std::string message) {
  exit_.emplace();
  exit_->reason = reason;
  exit_->message = std::move(message);
}

// SECURITY: with its process 1 every process of the kernel is gone
// (test: test_shutdown_leaves_no_process).
void KernelHost::finish() {
  exit_->seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  cell_.init.end();
  cell_.bubblewrap.end();
  if (client_) client_->stop();
  cell_.recorder->stop();
  attempts_.add(cell_.recorder->take(true));
  last_words_.listen();
  complete_exit(cell_, spec_.limits, *exit_);
  status_.change([](attach::State& state) {
    state.alive = false;
    state.connected = false;
    state.execution_state = "dead";
  });
  ended_ = true;
  polite_end_ = io::no_deadline;
  if (attachment_) attachment_->tell_end({.exit = *exit_, .last_words = last_words_.text()});
}

base::Outcome KernelHost::send(wire::Channel channel, wire::JupyterMessage message) {
  if (ended_ || !client_) return base::fail(errors::kernel_ended, "the kernel has ended");
  return client_->send(channel, std::move(message));
}

attach::State KernelHost::state() {
  attach::State state = status_.get();
  JournalState journal = journal_->state();
  state.first_seq = journal.first_seq;
  state.next_seq = journal.next_seq;
  state.truncated_bytes = journal.truncated_bytes;
  state.lost = journal.lost;
  return state;
}

}  // namespace cloister::cell
