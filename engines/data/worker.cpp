// SPDX-License-Identifier: Apache-2.0
#include "cloister/data/worker.hpp"

#include "cloister/base/secret.hpp"
#include "cloister/io/frame_socket.hpp"
#include "cloister/wire/data_errors.hpp"
#include "cloister/wire/data_protocol.hpp"

#include "import.hpp"
#include "query.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;
using namespace std::chrono_literals;

constexpr auto send_time = 30s;
constexpr auto progress_interval = 200ms;

struct Job {
  wire::data::Request request;
  std::vector<io::Descriptor> descriptors;
};

// One slot between the reading thread and the working one: the other side sends a request only when
// it has the reply to the last one.
class Slot {
 public:
  bool put(Job job) {
    std::lock_guard lock(mutex_);
    if (job_ || ended_) return false;
    job_ = std::move(job);
    changed_.notify_one();
    return true;
  }
  void end() {
    std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }
  std::optional<Job> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return job_ || ended_; });
    if (ended_) return std::nullopt;
    return std::exchange(job_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;
  bool ended_ = false;
};

// Calls `beat` again and again while something runs: progress, and a sign of life.
class Heartbeat {
 public:
  explicit Heartbeat(std::function<void()> beat)
      : thread_([this, beat = std::move(beat)](std::stop_token stop) {
          std::unique_lock lock(mutex_);
          while (!woken_.wait_for(lock, stop, progress_interval,
                                  [&] { return stop.stop_requested(); }))
            beat();
        }) {}
  // After it returns no beat comes any more.
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread thread_;
};

class Worker {
 public:
  Worker(io::Descriptor socket, const WorkerOptions& options)
      : socket_(std::move(socket)), options_(options) {}

  int run() {
    std::jthread reader([this] { read(); });
    while (auto job = slot_.take())
      std::visit([&](auto& request) { work(request, *job); }, job->request);
    socket_.shut_down();
    return healthy_ ? 0 : 1;
  }

 private:
  void read();
  bool begin(Job job);
  void cancel();
  bool send(std::string header, base::Bytes body = {}, io::Descriptor descriptor = {});
  void fail(base::Error error) { send(encode(wire::data::FailureReply{std::move(error)})); }

  void work(wire::data::ImportRequest& request, Job& job);
  void work(wire::data::AnalyseRequest& request, Job& job);
  void work(wire::data::QueryRequest& request, Job& job);
  void work(wire::data::CancelRequest&, Job&) {}
  QueryEngine& engine();

  io::FrameSocket socket_;
  WorkerOptions options_;
  Slot slot_;
  std::mutex send_mutex_;
  bool imported_ = false;  // both of the reading thread alone
  bool queried_ = false;
  std::mutex running_mutex_;  // guards the three below
  bool cancelled_ = false;    // the present request, also before it began to run
  std::shared_ptr<Importer> importer_;
  std::shared_ptr<QueryEngine> engine_;
  std::atomic<bool> healthy_{true};
};

void Worker::read() {
  for (;;) {
    auto frame = socket_.receive(io::no_deadline);
    if (!frame) break;
    auto request =
        wire::data::decode_request(frame->header, frame->body, frame->descriptors.size());
    base::wipe(frame->body);  // it held keys
    if (!request) {
      healthy_ = false;
      fail(request.error());
      break;
    }
    if (std::holds_alternative<wire::data::CancelRequest>(*request)) {
      cancel();
    } else if (!begin({std::move(*request), std::move(frame->descriptors)})) {
      healthy_ = false;
      break;
    }
  }
  cancel();
  slot_.end();
}

// False when the other side does not keep to the rules: one request at a time, and a worker that
// imports does nothing else.
bool Worker::begin(Job job) {
  const bool imports = std::holds_alternative<wire::data::ImportRequest>(job.request);
  if (imported_ || (imports && queried_)) return false;
  (imports ? imported_ : queried_) = true;
  {
    // Frames come in order: what was to be cancelled came before this request.
    std::lock_guard lock(running_mutex_);
    cancelled_ = false;
    if (engine_) engine_->clear_cancel();
  }
  return slot_.put(std::move(job));
}

void Worker::cancel() {
  std::lock_guard lock(running_mutex_);
  cancelled_ = true;
  if (importer_) importer_->cancel();
  if (engine_) engine_->cancel();
}

bool Worker::send(std::string header, base::Bytes body, io::Descriptor descriptor) {
  io::Frame frame;
  frame.header = std::move(header);
  frame.body = std::move(body);
  if (descriptor.open()) frame.descriptors.push_back(std::move(descriptor));
  std::lock_guard lock(send_mutex_);
  return socket_.send(frame, io::deadline_in(send_time)).has_value();
}

void Worker::work(wire::data::ImportRequest& request, Job& job) {
  ImportOptions options{.folder = options_.scratch_folder,
                        .database = {.memory_bytes = options_.import_memory_bytes}};
  auto importer = std::make_shared<Importer>(options);
  {
    std::lock_guard lock(running_mutex_);
    importer_ = importer;
    if (cancelled_) importer->cancel();
  }
  io::Descriptor old_file;
  if (job.descriptors.size() > 1) old_file = std::move(job.descriptors[1]);
  Heartbeat heartbeat([&] { send(encode(importer->progress())); });
  auto done = importer->run(std::move(request), std::move(job.descriptors[0]), std::move(old_file));
  heartbeat.stop();
  if (!done) return fail(done.error());
  send(encode(*done));
}

QueryEngine& Worker::engine() {
  std::lock_guard lock(running_mutex_);
  if (!engine_)
    engine_ = std::make_shared<QueryEngine>(
        DatabaseOptions{.memory_bytes = options_.query_memory_bytes,
                        .spill_folder = options_.scratch_folder + "/spill"});
  if (cancelled_) engine_->cancel();
  return *engine_;
}

void Worker::work(wire::data::AnalyseRequest& request, Job&) {
  auto analysis = engine().analyse(request.sql);
  if (!analysis) return fail(analysis.error());
  send(encode(*analysis));
}

void Worker::work(wire::data::QueryRequest& request, Job& job) {
  Heartbeat heartbeat([&] { send(encode(engine().progress())); });
  auto answer = engine().query(std::move(request), std::move(job.descriptors));
  heartbeat.stop();
  if (!answer) return fail(answer.error());
  base::ByteView rows = base::as_bytes(answer->rows_json);
  send(encode(answer->reply), base::Bytes(rows.begin(), rows.end()), std::move(answer->arrow));
}

}  // namespace

int serve(io::Descriptor socket, const WorkerOptions& options) {
  return Worker(std::move(socket), options).run();
}

}  // namespace cloister::data
