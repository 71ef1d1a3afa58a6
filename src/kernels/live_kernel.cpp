// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/live_kernel.hpp"

#include "cloister/kernels/errors.hpp"
#include "cloister/wire/json.hpp"

#include "kernel_record.hpp"

namespace cloister::kernels {
namespace {

constexpr std::size_t posted_bytes_max = 16u << 20;
constexpr std::chrono::seconds end_time{15};

std::shared_ptr<Delivered> delivered(const cell::attach::Message& message, base::ByteView body) {
  auto parts = wire::unpack(message.sizes, body);
  if (!parts) return nullptr;
  auto made = std::make_shared<Delivered>();
  made->first = message.first;
  made->seq = message.seq;
  wire::JupyterHeader parent = wire::read_parent_header(parts->parent_header);
  made->parent_id = std::move(parent.id);
  made->parent_session = std::move(parent.session);
  made->message = {.channel = message.channel, .message = std::move(*parts)};
  return made;
}

}  // namespace

LiveKernel::News LiveKernel::news_in(const wire::ChannelMessage& passing) {
  News news;
  if (passing.channel != wire::Channel::iopub) return news;
  auto header = wire::read_header(passing.message.header);
  if (!header) return news;
  news.session = header->session;
  if (header->type != "status") return news;
  if (auto content = wire::parse_json_object(base::as_text(passing.message.content)))
    news.execution_state = wire::text_or(*content, "execution_state", "");
  return news;
}

LiveKernel::LiveKernel(io::EventLoop& loop, const KernelStart& start)
    : loop_(loop),
      id_(start.id),
      spec_name_(start.spec.name),
      broadcast_(loop, [this](std::uint64_t from) { (void)kernel_->subscribe(from); }),
      last_activity_(base::SystemClock().now()) {}

LiveKernel::~LiveKernel() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    room_.notify_all();
  }
  kernel_.reset();  // its listening thread has ended then
}

base::Result<std::shared_ptr<LiveKernel>> LiveKernel::start(io::EventLoop& loop,
                                                            const KernelStart& start,
                                                            const io::Path& run_folder,
                                                            base::SecretBytes journal_key,
                                                            CellEvents events) {
  std::shared_ptr<LiveKernel> live(new LiveKernel(loop, start));
  CLOISTER_TRY(live->kernel_,
               Kernel::start(start, run_folder, journal_key, live->events_for(std::move(events))));
  CLOISTER_TRY_DO(live->kernel_->subscribe(0));
  return live;
}

base::Result<std::shared_ptr<LiveKernel>> LiveKernel::attach(
    io::EventLoop& loop, const io::Path& run_folder,
    const std::function<CellEvents(const KernelStart&)>& events) {
  CLOISTER_TRY(KernelRecord record, read_record(run_folder));
  std::shared_ptr<LiveKernel> live(new LiveKernel(loop, record.start));
  CLOISTER_TRY(live->kernel_, Kernel::attach(run_folder, live->events_for(events(record.start))));
  CLOISTER_TRY_DO(live->kernel_->subscribe(0));
  CLOISTER_TRY_DO(live->kernel_->ask_state());
  return live;
}

KernelEvents LiveKernel::events_for(CellEvents events) {
  // The object outlives the kernel, and so the kernel's listening thread; what is posted to the
  // loop may come after it.
  auto post = [this](auto work) {
    loop_.post([self = weak_from_this(), work = std::move(work)]() mutable {
      if (auto live = self.lock()) work(*live);
    });
  };
  KernelEvents all;
  all.message = [this](const cell::attach::Message& message, base::Bytes body) {
    take(message, std::move(body));
  };
  all.state = [post](const cell::attach::State& state) {
    post([state](LiveKernel& live) { live.take(state); });
  };
  all.attempt = std::move(events.attempt);
  all.door = std::move(events.door);
  all.ended = [post](const cell::attach::Ended&) {
    post([](LiveKernel& live) { live.take_end(); });
  };
  all.gone = [post] { post([](LiveKernel& live) { live.take_end(); }); };
  return all;
}

void LiveKernel::wait_for_room(std::size_t bytes) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return closing_ || posted_bytes_ < posted_bytes_max; });
  posted_bytes_ += bytes;
}

void LiveKernel::take(const cell::attach::Message& message, base::Bytes body) {
  std::shared_ptr<Delivered> made = delivered(message, body);
  if (made == nullptr) return;  // the supervisor checked it; a newer one may know more
  std::size_t bytes = body.size();
  News news = news_in(made->message);
  wait_for_room(bytes);
  loop_.post(
      [self = weak_from_this(), made = std::move(made), news = std::move(news), bytes]() mutable {
        auto live = self.lock();
        if (!live) return;
        {
          std::lock_guard lock(live->mutex_);
          live->posted_bytes_ -= bytes;
          live->room_.notify_all();
        }
        live->last_activity_ = base::SystemClock().now();
        live->learn(std::move(news));
        live->broadcast_.put(std::move(made));
      });
}

void LiveKernel::take(const cell::attach::State& state) {
  state_ = state;
  if (state.connected) restarting_ = false;
}

// What a message tells of its kernel at once; its supervisor tells the rest when it is asked.
void LiveKernel::learn(News news) {
  if (!news.session.empty()) state_.session = std::move(news.session);
  if (!news.execution_state.empty()) state_.execution_state = std::move(news.execution_state);
}

io::Task<> LiveKernel::refresh() {
  bool settled = state_.connected && state_.execution_state == "idle";
  if (ended_ || restarting_ || settled) co_return;
  auto self = shared_from_this();
  auto work = [self] { (void)self->kernel_->ask_state(); };
  co_await io::run_blocking(loop_, std::move(work));
}

void LiveKernel::take_end() {
  if (restarting_ || ended_) return;
  ended_ = true;
  if (!ending_) say_status("dead");
  broadcast_.close();
}

std::string LiveKernel::execution_state() const {
  if (ended_) return "dead";
  if (restarting_) return "restarting";
  return state_.execution_state;
}

// SECURITY: with the kernel's own session: another one would make JupyterLab drop what it waits for
// (test: test_a_restart_is_told_with_the_session_of_the_kernel).
void LiveKernel::say_status(std::string_view state) {
  base::SystemClock clock;
  base::SystemRandom random;
  auto own = std::make_shared<Delivered>();
  own->own = true;
  own->message = {.channel = wire::Channel::iopub,
                  .message = wire::status_message({.session = state_.session, .why = "life"}, state,
                                                  {}, clock, random)};
  broadcast_.put(std::move(own));
}

io::Task<base::Outcome> LiveKernel::send(wire::ChannelMessage message) {
  last_activity_ = base::SystemClock().now();
  auto self = shared_from_this();
  auto work = [self, &message] { return self->kernel_->send(message.channel, message.message); };
  co_return co_await io::run_blocking(loop_, std::move(work));
}

io::Task<base::Outcome> LiveKernel::interrupt() {
  auto self = shared_from_this();
  auto work = [self] { return self->kernel_->interrupt(); };
  co_return co_await io::run_blocking(loop_, std::move(work));
}

io::Task<base::Outcome> LiveKernel::restart(base::SecretBytes journal_key) {
  auto self = shared_from_this();
  restarting_ = true;
  say_status("restarting");
  state_.connected = false;
  state_.execution_state = "starting";
  auto work = [self, &journal_key] { return self->kernel_->restart(journal_key); };
  base::Outcome done = co_await io::run_blocking(loop_, std::move(work));
  restarting_ = false;
  if (!done) take_end();
  co_return done;
}

io::Task<> LiveKernel::shut_down() {
  auto self = shared_from_this();
  ending_ = true;
  auto work = [self] {
    if (!self->kernel_->shut_down()) return;
    if (!self->kernel_->wait_for_end(io::deadline_in(end_time))) (void)self->kernel_->kill();
  };
  co_await io::run_blocking(loop_, std::move(work));
  take_end();
}

}  // namespace cloister::kernels
