// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/supervise.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/cell/event_json.hpp"
#include "cloister/wire/json.hpp"

#include "cell_end.hpp"
#include "connection_file.hpp"
#include "kernel_host.hpp"
#include "running_cell.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds request_time{60};
constexpr std::chrono::seconds send_time{30};  // an owner that does not listen loses its cell
constexpr std::chrono::milliseconds cpu_check_time{200};
constexpr rlim_t supervisor_memory_max = 1536u << 20;

// Watches one running cell until its end.
class Watch {
 public:
  Watch(io::FrameSocket& control, const CellSpec& spec, RunningCell& cell)
      : control_(control), limits_(spec.limits), cell_(cell) {}

  CellExit run();

 private:
  bool turn();
  void obey();
  void see_end();
  void check_time();
  int wait_ms() const;
  void end(EndReason reason, std::string message = {});
  void send_attempts(bool last);

  io::FrameSocket& control_;
  const Limits& limits_;
  RunningCell& cell_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_cpu_check_ = start_ + cpu_check_time;
  bool owner_there_ = true;
  bool ended_ = false;
  CellExit exit_;
};

int Watch::wait_ms() const {
  Clock::time_point next = cell_.recorder->due();
  if (limits_.wall_time.count() > 0) next = std::min(next, start_ + limits_.wall_time);
  if (limits_.cpu_time.count() > 0) next = std::min(next, next_cpu_check_);
  if (next == Clock::time_point::max()) return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

CellExit Watch::run() {
  while (!ended_) {
    if (!turn()) end(EndReason::setup_failed, "the supervisor cannot wait");
  }
  exit_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  // SECURITY: with its process 1 every process of the pid namespace is gone, whatever it did
  // (test: test_nothing_outlives_a_cell).
  cell_.init.end();
  cell_.bubblewrap.end();
  cell_.recorder->stop();
  if (owner_there_) send_attempts(true);
  complete_exit(cell_, limits_, exit_);
  return exit_;
}

bool Watch::turn() {
  enum { control, status, bubblewrap, recorder };
  std::array<pollfd, 4> waited{pollfd{control_.descriptor().number(), POLLIN, 0},
                               pollfd{cell_.status.number(), POLLIN, 0},
                               pollfd{cell_.bubblewrap.pidfd().number(), POLLIN, 0},
                               pollfd{cell_.recorder->ready().number(), POLLIN, 0}};
  if (poll(waited.data(), waited.size(), wait_ms()) < 0 && errno != EINTR) return false;
  if (waited[status].revents != 0 || waited[bubblewrap].revents != 0) {
    see_end();
    return true;
  }
  if (waited[control].revents != 0) obey();
  if (!ended_) check_time();
  if (!ended_ && cell_.recorder->due() <= Clock::now()) send_attempts(false);
  return true;
}

void Watch::end(EndReason reason, std::string message) {
  ended_ = true;
  exit_.reason = reason;
  exit_.message = std::move(message);
}

void Watch::obey() {
  auto frame = control_.receive(Clock::now() + send_time);
  if (!frame) {
    owner_there_ = false;
    return end(EndReason::killed);
  }
  auto order = wire::parse_json_object(frame->header);
  std::string what = order ? wire::text_or(*order, "do", "") : "";
  if (what == "interrupt") cell_.payload.signal(SIGINT);
  if (what == "kill") end(EndReason::killed);
}

void Watch::see_end() {
  ended_ = true;
  read_end(cell_, exit_);
}

void Watch::check_time() {
  Clock::time_point now = Clock::now();
  if (limits_.wall_time.count() > 0 && now >= start_ + limits_.wall_time)
    return end(EndReason::timeout, "the cell ran longer than it may");
  if (limits_.cpu_time.count() == 0 || now < next_cpu_check_) return;
  next_cpu_check_ = now + cpu_check_time;
  // The limit of the processes (RLIMIT_CPU) does not see many short ones together.
  if (std::chrono::microseconds(cell_.group.cpu_microseconds()) >= limits_.cpu_time)
    end(EndReason::timeout, "the cell used more CPU time than it may");
}

void Watch::send_attempts(bool last) {
  for (const Attempt& attempt : cell_.recorder->take(last)) {
    io::Frame frame;
    frame.header = event_to_json(attempt);
    if (control_.send(frame, Clock::now() + send_time)) continue;
    owner_there_ = false;
    if (!last) end(EndReason::killed);
    return;
  }
}

base::Outcome tell(io::FrameSocket& control, const Event& event) {
  io::Frame frame;
  frame.header = event_to_json(event);
  return control.send(frame, Clock::now() + send_time);
}

base::Result<Request> receive_request(io::FrameSocket& control) {
  CLOISTER_TRY(io::Frame frame, control.receive(Clock::now() + request_time));
  return request_from_frame(std::move(frame));
}

// The launcher's input and output are not ours to keep open; its error stream takes our last words.
void let_go_of_standard_streams() {
  io::Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing.open()) {
    dup2(nothing.number(), STDIN_FILENO);
    dup2(nothing.number(), STDOUT_FILENO);
  }
}

// A kernel lives on when its starter does not: nothing of the starter's stays open.
void let_go_of_the_starter() {
  io::Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing.open()) dup2(nothing.number(), STDERR_FILENO);
  signal(SIGHUP, SIG_IGN);
  // SECURITY: the supervisor is in no control group of its cell, and a hostile kernel can make
  // libzmq queue without end; then this ends the supervisor, and with it the cell
  // (test: test_a_flood_of_parts_ends_its_own_cell_at_most).
  rlimit memory{.rlim_cur = supervisor_memory_max, .rlim_max = supervisor_memory_max};
  setrlimit(RLIMIT_DATA, &memory);
}

base::Result<HostedKernel> prepare_kernel(Request& request, uid_t owner) {
  base::SystemRandom random;
  ConnectionFile connection = make_connection_file(request.kernel->settings.kernel_name, random);
  request.spec.files.push_back(std::move(connection.file));
  CLOISTER_TRY(io::DescriptorPair streams, io::pipe());
  CLOISTER_TRY(io::Descriptor copy, streams.second.duplicate());
  request.numbers.insert(request.numbers.end(), {STDOUT_FILENO, STDERR_FILENO});
  request.descriptors.push_back(std::move(streams.second));
  request.descriptors.push_back(std::move(copy));
  return HostedKernel{.settings = request.kernel->settings,
                      .descriptors = std::move(request.kernel->descriptors),
                      .journal_key = std::move(request.kernel->key),
                      .signing_key = std::move(connection.key),
                      .streams = std::move(streams.first),
                      .owner = owner,
                      .limits_by = {}};
}

base::Outcome host_kernel(io::FrameSocket control, Request request, uid_t owner,
                          Weakenings weakenings) {
  let_go_of_the_starter();
  CLOISTER_TRY(HostedKernel kernel, prepare_kernel(request, owner));
  CellSpec spec = request.spec;
  request.kernel.reset();
  auto cell = build_cell(std::move(request), weakenings);
  if (!cell) return tell(control, cell.error());
  kernel.limits_by = limits_by(cell->group.kind());
  static_cast<void>(
      tell(control, Started{.payload = cell->payload.id(), .limits_by = kernel.limits_by}));
  control = io::FrameSocket(io::Descriptor());
  KernelHost(std::move(kernel), spec, *cell).run();
  cell->group.remove();
  return {};
}

}  // namespace

int supervise(io::Descriptor descriptor, Weakenings weakenings) {
  uid_t owner = getuid();
  let_go_of_standard_streams();
  setsid();  // an interrupt from the launcher's terminal is the launcher's to handle
  signal(SIGPIPE, SIG_IGN);
  io::FrameSocket control(std::move(descriptor));
  auto request = receive_request(control);
  if (!request) {
    static_cast<void>(tell(control, request.error()));
    return 1;
  }
  if (request->kernel) {
    auto hosted = host_kernel(std::move(control), *std::move(request), owner, weakenings);
    return hosted ? 0 : 1;
  }
  CellSpec spec = request->spec;
  auto cell = build_cell(std::move(*request), weakenings);
  if (!cell) {
    static_cast<void>(tell(control, cell.error()));
    return 1;
  }
  Started started{.payload = cell->payload.id(), .limits_by = limits_by(cell->group.kind())};
  if (tell(control, started)) {
    CellExit exit = Watch(control, spec, *cell).run();
    static_cast<void>(tell(control, exit));
  }
  cell->init.end();
  cell->bubblewrap.end();
  cell->group.remove();
  return 0;
}

}  // namespace cloister::cell
