// SPDX-License-Identifier: Apache-2.0
// The launching side: starts cloister-cell and listens to it.
#include "cloister/cell/cell.hpp"
#include "cloister/cell/spec_json.hpp"
#include "cloister/wire/json.hpp"

#include "supervisor_process.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace cloister::cell {
namespace {

constexpr std::chrono::seconds order_time{5};
constexpr std::chrono::seconds end_time{15};

class SupervisedCell final : public Cell {
 public:
  SupervisedCell(io::Process process, io::FrameSocket control, AttemptSink sink)
      : process_(std::move(process)), control_(std::move(control)), sink_(std::move(sink)) {}

  ~SupervisedCell() override {
    if (listener_.joinable()) {
      kill();
      static_cast<void>(wait(io::deadline_in(end_time)));
    }
    // The supervisor removes everything, then goes; when it hangs, its death ends the cell too.
    static_cast<void>(process_.wait(io::deadline_in(end_time)));
    process_.kill();
    control_.shut_down();
    if (listener_.joinable()) listener_.join();
  }

  base::Outcome await_start() {
    for (;;) {
      auto event = next_event(control_, io::deadline_in(supervisor_start_time));
      if (!event) return std::unexpected(event.error());
      if (auto* started = std::get_if<Started>(&*event)) {
        started_ = *started;
        listener_ = std::thread([this] { listen(); });
        return {};
      }
      if (auto* attempt = std::get_if<Attempt>(&*event)) sink_(*attempt);
      if (auto* error = std::get_if<base::Error>(&*event)) return std::unexpected(*error);
    }
  }

  pid_t supervisor() const override { return process_.id(); }
  pid_t payload() const override { return static_cast<pid_t>(started_.payload); }
  std::string limits_by() const override { return started_.limits_by; }

  base::Result<std::optional<CellExit>> wait(io::Deadline deadline) override {
    std::unique_lock lock(mutex_);
    auto over = [this] { return exit_.has_value(); };
    if (deadline == io::no_deadline)
      changed_.wait(lock, over);
    else if (!changed_.wait_until(lock, deadline, over))
      return std::nullopt;
    return exit_;
  }

  void interrupt() override { order("interrupt"); }
  void kill() override { order("kill"); }

 private:
  void listen() {
    for (;;) {
      auto event = next_event(control_, io::no_deadline);
      if (!event) {
        CellExit exit;
        exit.reason = EndReason::setup_failed;
        exit.message = event.error().message;
        return finish(std::move(exit));
      }
      if (auto* attempt = std::get_if<Attempt>(&*event)) sink_(*attempt);
      if (auto* exit = std::get_if<CellExit>(&*event)) return finish(std::move(*exit));
    }
  }

  void finish(CellExit exit) {
    std::lock_guard lock(mutex_);
    exit_ = std::move(exit);
    changed_.notify_all();
  }

  // A cell that is over is beyond orders: a failure says just that.
  void order(const char* what) {
    std::lock_guard lock(sending_);
    io::Frame frame;
    frame.header = wire::json::serialize(wire::json::object{{"do", what}});
    static_cast<void>(control_.send(frame, io::deadline_in(order_time)));
  }

  io::Process process_;
  io::FrameSocket control_;
  AttemptSink sink_;
  Started started_;
  std::thread listener_;
  std::mutex sending_;  // one order at a time
  std::mutex mutex_;    // guards exit_
  std::condition_variable changed_;
  std::optional<CellExit> exit_;
};

}  // namespace

base::Result<std::unique_ptr<Cell>> Cell::start(const CellSpec& spec,
                                                const std::vector<io::Inherited>& descriptors,
                                                AttemptSink sink) {
  CLOISTER_TRY_DO(check(spec));
  std::vector<int> numbers;
  for (const io::Inherited& inherited : descriptors) numbers.push_back(inherited.number);
  io::Frame frame = to_frame(spec, numbers);
  for (const io::Inherited& inherited : descriptors) {
    CLOISTER_TRY(io::Descriptor copy, inherited.descriptor->duplicate());
    frame.descriptors.push_back(std::move(copy));
  }
  CLOISTER_TRY(SupervisorProcess started, start_supervisor(frame));
  if (!sink) sink = [](const Attempt&) {};
  auto cell = std::make_unique<SupervisedCell>(std::move(started.process),
                                               std::move(started.control), std::move(sink));
  CLOISTER_TRY_DO(cell->await_start());
  return cell;
}

}  // namespace cloister::cell
