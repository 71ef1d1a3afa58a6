// SPDX-License-Identifier: Apache-2.0
#include "running_cell.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/cell/seal_plan.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/io/process.hpp"
#include "cloister/io/sealed_memory.hpp"

#include "cell_child.hpp"
#include "cell_layout.hpp"
#include "filter.hpp"
#include "identity.hpp"
#include "kernel_features.hpp"
#include "seal_channel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cloister::cell {
namespace {

constexpr std::chrono::seconds build_time{60};  // a busy machine needs some; a hang must end
constexpr int end_wait_ms = 10'000;

base::Outcome write_all(const io::Descriptor& memory, base::ByteView bytes) {
  if (write(memory.number(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      lseek(memory.number(), 0, SEEK_SET) != 0)
    return base::fail_errno(errors::setup_failed, "cannot keep the plan of a cell", errno);
  return {};
}

base::Result<std::string> require_bubblewrap() {
  std::string path = find_bubblewrap();
  if (path.empty())
    return base::fail(errors::bubblewrap_missing, "bubblewrap is not installed",
                      "apt install bubblewrap");
  return path;
}

// Everything that needs root, then leaves it.
struct Prepared {
  std::string bubblewrap;
  CellGroup group;
  io::Descriptor seal;
  std::vector<Staged> mounts;
};

base::Result<Prepared> prepare(const CellSpec& spec) {
  Prepared prepared;
  CLOISTER_TRY(prepared.bubblewrap, require_bubblewrap());
  std::string seal = io::program_folder() + "/cloister-seal";
  prepared.seal = io::Descriptor(open(seal.c_str(), O_RDONLY | O_CLOEXEC));
  if (!prepared.seal.open())
    return base::fail(errors::program_missing, fmt::format("{} is missing", seal));
  if (!has_seccomp_notify())
    return base::fail(errors::no_seccomp, "the kernel has no seccomp user notification");
  // Without a control group the limits hold per process; the posture says so.
  if (auto group = CellGroup::make(find_groups(), spec.limits)) prepared.group = std::move(*group);
  std::vector<std::string> sources;
  for (const Mount& mount : spec.mounts) sources.push_back(mount.source);
  CLOISTER_TRY(prepared.mounts, stage(sources));
  if (is_root()) CLOISTER_TRY_DO(become_unprivileged());
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return base::fail_errno(errors::setup_failed, "no new privileges", errno);
  // SECURITY: nobody of the same id reads the supervisor's memory or descriptors
  // (test: test_the_supervisor_cannot_be_traced).
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return prepared;
}

struct Ends {
  SealChannel seal;          // ours
  io::Descriptor seal_peer;  // the child's
  io::DescriptorPair status;
  io::DescriptorPair errors;
  io::DescriptorPair report;
  io::Descriptor plan;
  io::Descriptor arguments;
};

base::Result<Ends> open_ends(const Layout& layout) {
  Ends ends;
  CLOISTER_TRY(auto pair, SealChannel::open());
  ends.seal = std::move(pair.first);
  ends.seal_peer = std::move(pair.second);
  CLOISTER_TRY(ends.status, io::pipe());
  CLOISTER_TRY(ends.errors, io::pipe());
  CLOISTER_TRY(ends.report, io::socket_pair());
  CLOISTER_TRY(ends.plan, io::create_memory_file("plan"));
  CLOISTER_TRY(ends.arguments, io::create_memory_file("arguments"));
  std::string joined;
  for (const std::string& argument : layout.arguments) (joined += argument) += '\0';
  CLOISTER_TRY_DO(write_all(ends.arguments, base::as_bytes(joined)));
  return ends;
}

struct Placed {
  std::vector<std::pair<int, int>> descriptors;
  int first_of_payload = 0;
};

Placed place(const Ends& ends, const Prepared& prepared, const Layout& layout,
             const Request& request) {
  Placed placed;
  placed.descriptors = {{ends.seal_peer.number(), seal::control_descriptor},
                        {ends.status.second.number(), seal::status_descriptor},
                        {ends.plan.number(), seal::plan_descriptor},
                        {prepared.seal.number(), seal::seal_descriptor},
                        {ends.arguments.number(), seal::first_free_descriptor}};
  for (const auto& [number, memory] : layout.data)
    placed.descriptors.emplace_back(memory.number(), number);
  placed.first_of_payload = seal::first_free_descriptor + 1 + static_cast<int>(layout.data.size());
  for (std::size_t i = 0; i < request.descriptors.size(); ++i)
    placed.descriptors.emplace_back(request.descriptors[i].number(),
                                    placed.first_of_payload + static_cast<int>(i));
  return placed;
}

std::string complaint_of(const io::Descriptor& errors) {
  std::array<char, 1024> bytes{};
  fcntl(errors.number(), F_SETFL, O_NONBLOCK);
  ssize_t got = read(errors.number(), bytes.data(), bytes.size());
  std::string text(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// Words for what the seal, or bubblewrap before it, could not do.
base::Error explain(const base::Error& error, const CellSpec& spec, const io::Descriptor& errors) {
  if (error.is(errors::not_executable)) {
    base::Error explained = error;
    explained.message =
        fmt::format("a cell cannot execute {}: {}", spec.arguments[0], error.message);
    return explained;
  }
  std::string complaint = complaint_of(errors);
  if (complaint.empty()) return error;
  return {errors::setup_failed, fmt::format("a cell cannot be built: {}", complaint)};
}

base::Outcome seal_in(RunningCell& cell, Ends& ends, const Request& request, NameServer server,
                      io::Deadline deadline) {
  CLOISTER_TRY(SealStep ready, ends.seal.await(seal::Step::ready, deadline));
  CLOISTER_TRY(cell.init, HeldProcess::hold(ready.process, false));
  CLOISTER_TRY_DO(ends.seal.answer());
  CLOISTER_TRY(SealStep sealed, ends.seal.await(seal::Step::listener, deadline));
  CLOISTER_TRY(cell.payload, HeldProcess::hold(sealed.process, false));
  io::Descriptor listener;
  if (sealed.value >= 0) {
    listener = io::Descriptor(
        static_cast<int>(syscall(SYS_pidfd_getfd, cell.payload.pidfd().number(), sealed.value, 0)));
    if (!listener.open())
      return base::fail_errno(errors::setup_failed, "the recorder cannot listen", errno);
  }
  CLOISTER_TRY(cell.sockets, OwnSockets::of(sealed.process, request.spec));
  CLOISTER_TRY(cell.recorder,
               Recorder::start(request.spec, std::move(listener), cell.sockets, std::move(server)));
  CLOISTER_TRY_DO(ends.seal.answer());
  return ends.seal.await_execution(deadline);
}

}  // namespace

base::Result<HeldProcess> HeldProcess::hold(pid_t id, bool child) {
  HeldProcess process;
  process.pidfd_ = io::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, id, 0)));
  process.id_ = id;
  process.child_ = child;
  if (!process.pidfd_.open())
    return base::fail_errno(errors::setup_failed, "a process of a cell cannot be watched", errno);
  return process;
}

HeldProcess::HeldProcess(HeldProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), child_(other.child_), pidfd_(std::move(other.pidfd_)) {}

HeldProcess& HeldProcess::operator=(HeldProcess&& other) noexcept {
  if (this == &other) return *this;
  end();
  id_ = std::exchange(other.id_, -1);
  child_ = other.child_;
  pidfd_ = std::move(other.pidfd_);
  return *this;
}

void HeldProcess::signal(int number) const {
  if (pidfd_.open()) syscall(SYS_pidfd_send_signal, pidfd_.number(), number, nullptr, 0);
}

void HeldProcess::end() {
  if (!pidfd_.open()) return;
  signal(SIGKILL);
  pollfd gone{.fd = pidfd_.number(), .events = POLLIN, .revents = 0};
  while (poll(&gone, 1, end_wait_ms) < 0 && errno == EINTR) {
  }
  if (child_) waitpid(id_, nullptr, 0);
  pidfd_.close();
  id_ = -1;
}

base::Result<RunningCell> build_cell(Request request, Weakenings weakenings) {
  io::Deadline deadline = io::deadline_in(build_time);
  RunningCell cell;
  CLOISTER_TRY(Prepared prepared, prepare(request.spec));
  cell.group = std::move(prepared.group);
  CLOISTER_TRY(Layout layout, lay_out(request.spec, prepared.mounts));
  CLOISTER_TRY(Ends ends, open_ends(layout));
  Placed placed = place(ends, prepared, layout, request);
  ChildOrder order{.bubblewrap = prepared.bubblewrap,
                   .command = {"bwrap", "--args", fmt::format("{}", seal::first_free_descriptor),
                               seal::seal_path},
                   .descriptors = std::move(placed.descriptors),
                   .errors = ends.errors.second.number(),
                   .group = &cell.group,
                   .memory = layout.memory,
                   .weakenings = weakenings};
  CLOISTER_TRY(pid_t child, start_child(order, ends.report.second));
  CLOISTER_TRY(cell.bubblewrap, HeldProcess::hold(child, true));
  cell.errors = std::move(ends.errors.first);
  cell.status = std::move(ends.status.first);
  ends.seal_peer.close();
  ends.status.second.close();
  ends.errors.second.close();
  ends.report.second.close();
  request.descriptors.clear();
  layout.data.clear();
  // While the child makes its namespaces.
  base::Bytes filter;
  if (!weakenings.seccomp) {
    CLOISTER_TRY(filter, build_filter(request.spec.profile));
  }
  int abi = weakenings.landlock ? 0 : landlock_abi();
  CLOISTER_TRY_DO(
      write_all(ends.plan, write_plan(request.spec, request.numbers, placed.first_of_payload,
                                      prepared.mounts, cell.group.kind(), abi, filter)));
  io::FrameSocket report(std::move(ends.report.first));
  CLOISTER_TRY(NameServer server, await_child(report, deadline));
  cell.group.forbid_joining();
  CLOISTER_TRY(cell.witness, NetworkWitness::of(child));
  auto sealed = seal_in(cell, ends, request, std::move(server), deadline);
  if (!sealed) return std::unexpected(explain(sealed.error(), request.spec, cell.errors));
  return cell;
}

}  // namespace cloister::cell
