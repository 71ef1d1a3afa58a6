// SPDX-License-Identifier: Apache-2.0
#include "recorder.hpp"

#include "cloister/cell/errors.hpp"

#include "program_name.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

class ProcessMemory final : public Memory {
 public:
  explicit ProcessMemory(long process) : process_(static_cast<pid_t>(process)) {}
  bool read(std::uint64_t address, std::span<std::byte> into) override {
    if (into.empty()) return true;
    iovec here{.iov_base = into.data(), .iov_len = into.size()};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address in the other process
    iovec there{.iov_base = reinterpret_cast<void*>(address), .iov_len = into.size()};
    return process_vm_readv(process_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(into.size());
  }

 private:
  pid_t process_;
};

void raise_event(const io::Descriptor& event) {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(event.number(), &one, sizeof one);
}

}  // namespace

base::Result<std::unique_ptr<Recorder>> Recorder::start(const CellSpec& spec,
                                                        io::Descriptor listener, OwnSockets own,
                                                        NameServer server) {
  io::Descriptor ready(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  io::Descriptor stopping(eventfd(0, EFD_CLOEXEC));
  if (!ready.open() || !stopping.open())
    return base::fail_errno(errors::setup_failed, "the recorder cannot start", errno);
  std::unique_ptr<Recorder> recorder(new Recorder(spec, std::move(listener), std::move(own),
                                                  std::move(server), std::move(ready),
                                                  std::move(stopping)));
  recorder->thread_ = std::thread([raw = recorder.get()] { raw->run(); });
  return recorder;
}

Recorder::Recorder(const CellSpec& spec, io::Descriptor listener, OwnSockets own, NameServer server,
                   io::Descriptor ready, io::Descriptor stopping)
    : cell_(spec.name),
      notebook_(spec.notebook),
      judge_(spec.profile),
      listener_(std::move(listener)),
      connector_(listener_, std::move(own)),
      ready_(std::move(ready)),
      stopping_(std::move(stopping)),
      sinkhole_(std::move(server.datagrams), std::move(server.listener),
                [this](const std::string& name) { record_question(name); }) {}

Recorder::~Recorder() {
  stop();
}

void Recorder::stop() {
  if (!thread_.joinable()) return;
  raise_event(stopping_);
  thread_.join();
}

void Recorder::run() {
  enum { listener, datagrams, stream, stopping };
  std::array<pollfd, 4> waited{
      pollfd{listener_.number(), POLLIN, 0}, pollfd{sinkhole_.datagrams(), POLLIN, 0},
      pollfd{sinkhole_.listener(), POLLIN, 0}, pollfd{stopping_.number(), POLLIN, 0}};
  for (;;) {
    if (poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) return;
    if ((waited[listener].revents & POLLIN) != 0)
      answer_one();
    else if (waited[listener].revents != 0)
      waited[listener].fd = -1;  // no process of the cell is left under the filter
    if (waited[datagrams].revents != 0) sinkhole_.serve_datagrams();
    if (waited[stream].revents != 0) sinkhole_.serve_stream();
    if (waited[stopping].revents != 0 && waited[listener].revents == 0 &&
        waited[datagrams].revents == 0)
      return;
  }
}

void Recorder::answer_one() {
  std::optional<seccomp_notif> question = listener_.receive();
  if (!question) return;
  Call call{.number = question->data.nr, .arguments = {}};
  for (std::size_t i = 0; i < call.arguments.size(); ++i)
    call.arguments[i] = question->data.args[i];
  ProcessMemory memory(question->pid);
  Judgement judgement = judge_.judge(call, memory);
  // The process may have ended while we read, and another may have its number now: what
  // was read then says nothing about the call (the kernel refuses our answer too).
  if (!listener_.waits(question->id)) return;
  for (const Refused& refused : judgement.refused) record(refused, question->pid);
  if (judgement.asks_sinkhole) asking_process_ = question->pid;
  if (!judgement.connects_to.empty())
    connect(*question, std::move(judgement.connects_to));
  else if (judgement.error == 0 && !judgement.pretended)
    listener_.let_go_on(question->id);
  else
    listener_.answer(question->id, judgement.error);
}

void Recorder::connect(const seccomp_notif& question, base::Bytes address) {
  std::string path = path_in(address);
  bool own = connector_.connect({.question = question.id,
                                 .thread = question.pid,
                                 .socket = static_cast<int>(question.data.args[0]),
                                 .address = std::move(address)});
  if (own) return;
  Refused refused{.operation = "connect", .address = {}};
  refused.address.family = family_name(AF_UNIX);
  refused.address.address = printable(path);
  record(refused, question.pid);
}

void Recorder::record(const Refused& refused, long process) {
  Attempt attempt;
  attempt.operation = refused.operation;
  attempt.family = refused.address.family;
  attempt.address = refused.address.address;
  attempt.port = refused.address.port;
  attempt.host = sinkhole_.name_behind(refused.address.ipv4);
  add(std::move(attempt), process);
}

void Recorder::record_question(const std::string& name) {
  Attempt attempt;
  attempt.operation = "dns";
  attempt.family = "inet";
  attempt.address = "127.0.0.1";
  attempt.port = 53;
  attempt.host = name;
  attempt.verdict = "sinkholed";
  add(std::move(attempt), asking_process_);
}

void Recorder::add(Attempt attempt, long process) {
  attempt.time = clock_.now();
  attempt.cell = cell_;
  attempt.notebook = notebook_;
  attempt.pid = process;
  std::lock_guard lock(mutex_);
  AttemptFolder::Time before = folder_.due();
  folder_.add(std::move(attempt), clock_.monotonic(),
              [process](Attempt& handed_out) { handed_out.program = program_of(process); });
  if (folder_.due() < before) raise_event(ready_);
}

std::vector<Attempt> Recorder::take(bool last) {
  std::uint64_t count = 0;
  [[maybe_unused]] ssize_t got = read(ready_.number(), &count, sizeof count);
  std::lock_guard lock(mutex_);
  return folder_.take(clock_.monotonic(), last);
}

AttemptFolder::Time Recorder::due() {
  std::lock_guard lock(mutex_);
  return folder_.due();
}

}  // namespace cloister::cell
