// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/random.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/cell/errors.hpp"

#include "probe_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace cloister::cell {
namespace {

constexpr std::chrono::seconds cell_wait{40};
constexpr int left_behind_wait_ms = 1000;

// What the probes of resources try to go beyond.
constexpr std::int64_t process_limit = 64;
constexpr std::int64_t memory_limit = 256ll << 20;
constexpr std::int64_t open_file_limit = 128;
constexpr std::int64_t file_limit = 8ll << 20;
constexpr std::int64_t temporary_limit = 16ll << 20;
constexpr std::int64_t inode_limit = temporary_limit / 4096;  // as MemoryFolders does
constexpr std::int64_t time_limit_s = 1;

Limits limits_for(const ProbeRow& row) {
  Limits limits;
  limits.wall_time = std::chrono::seconds(30);
  if (!row.has("limited")) return limits;
  limits.memory_bytes = memory_limit;
  limits.processes = process_limit;
  limits.file_bytes = file_limit;
  limits.temporary_bytes = temporary_limit;
  limits.open_files = open_file_limit;
  // Only where they are the question: otherwise a slow machine would end another probe.
  if (row.id == "R7-processor-time") limits.cpu_time = std::chrono::seconds(time_limit_s);
  if (row.id == "R8-wall-time") limits.wall_time = std::chrono::seconds(time_limit_s);
  return limits;
}

CellSpec spec_for(const OutsideWorld& world, const ProbeRow& row) {
  CellSpec spec;
  spec.name = "selftest";
  spec.notebook = row.id;
  spec.profile = Profile::kernel;
  spec.arguments = {"/opt/cloister-probe", row.id, "--fixtures", "-"};
  spec.mounts = {{.source = world.path("bin/probe"), .target = "/opt/cloister-probe"},
                 {.source = world.path("data/granted.csv"), .target = "/grant/granted.csv"}};
  if (row.has("workspace"))
    spec.mounts.push_back(
        {.source = world.path("workspace"), .target = "/workspace", .writable = true});
  spec.limits = limits_for(row);
  return spec;
}

// What the cell sees under other names than the outside does.
boost::json::object fixtures_for(const OutsideWorld& world, const ProbeRow& row) {
  base::SystemRandom random;
  boost::json::object fixtures = world.fixtures();
  fixtures["token"] = "token-" + base::random_id(random) + base::random_id(random);
  fixtures["granted"] = "/grant/granted.csv";
  fixtures["workspace"] = row.has("workspace") ? "/workspace" : "/tmp";
  fixtures["temporary"] = "/tmp";
  fixtures["first_pid"] = 1;
  return fixtures;
}

// A probe that has already ended needs none.
void tell(io::Descriptor pipe, const std::string& text) {
  [[maybe_unused]] ssize_t told = ::write(pipe.number(), text.data(), text.size());
}

std::string describe(const CellExit& exit) {
  if (exit.reason == EndReason::signalled) return fmt::format("ended by signal {}", exit.signal);
  if (exit.reason == EndReason::timeout) return "ended when its time was up";
  return fmt::format("ended with {} and without an answer", exit.code);
}

}  // namespace

void add_resource_fixtures(boost::json::object& fixtures) {
  fixtures["process_limit"] = process_limit;
  fixtures["memory_limit"] = memory_limit;
  fixtures["open_file_limit"] = open_file_limit;
  fixtures["file_limit"] = file_limit;
  fixtures["temporary_limit"] = temporary_limit;
  fixtures["inode_limit"] = inode_limit;
  fixtures["cpu_limit_s"] = time_limit_s;
  fixtures["wall_limit_s"] = time_limit_s;
}

base::Result<CellRun> run_in_cell(OutsideWorld& world, const ProbeRow& row) {
  LeftOpen left_open(world, row);
  CLOISTER_TRY(io::DescriptorPair input, io::pipe());
  CLOISTER_TRY(io::DescriptorPair output, io::pipe());
  io::Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  boost::json::object fixtures = fixtures_for(world, row);
  add_resource_fixtures(fixtures);
  CellSpec spec = spec_for(world, row);
  if (row.has("terminal")) spec.arguments.back() = boost::json::serialize(fixtures);

  world.watch(row.has("inherits") ? 1 : 0);
  std::atomic<std::uint64_t> recorded = 0;
  const io::Descriptor& zero = row.has("terminal") ? left_open.terminal() : input.first;
  CLOISTER_TRY(auto cell, Cell::start(spec, {{0, &zero}, {1, &output.second}, {2, &null}},
                                      [&](const Attempt& attempt) {
                                        if (attempt.verdict == "refused") recorded += attempt.count;
                                      }));
  input.first.close();
  output.second.close();
  fixtures["supervisor_pid"] = cell->supervisor();
  tell(std::move(input.second), boost::json::serialize(fixtures));
  Output answer = collect_output(output.first, true, static_cast<int>(cell_wait.count()) * 1000);
  CLOISTER_TRY(std::optional<CellExit> exit, cell->wait(io::deadline_in(cell_wait)));
  if (!exit) cell->kill();

  CellRun result;
  result.run = parse_answer(answer.text);
  result.recorded = recorded;
  result.run.witnesses = world.witnesses();
  if (!collect_output(output.first, false, left_behind_wait_ms).ended)
    result.run.witnesses.push_back("a process outlived the cell");
  if (!exit || exit->reason == EndReason::setup_failed || exit->reason == EndReason::killed)
    result.run.witnesses.push_back("the cell's supervisor did not see its end");
  if (exit) {
    result.run.ended_by_force =
        exit->reason == EndReason::signalled || exit->reason == EndReason::timeout;
    if (result.run.said == Said::nothing) result.run.detail = describe(*exit);
  }
  return result;
}

}  // namespace cloister::cell
