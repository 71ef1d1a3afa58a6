// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/selftest.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/io/process.hpp"
#include "cloister/wire/json.hpp"

#include "outside_world.hpp"
#include "probe_run.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>

namespace cloister::cell {
namespace {

namespace json = wire::json;

constexpr int list_wait_ms = 10'000;

std::optional<ProbeRow> parse_row(std::string_view line) {
  auto object = wire::parse_json_object(line);
  auto traits = object ? wire::array_field(*object, "traits") : std::unexpected(object.error());
  if (!traits) return std::nullopt;
  ProbeRow row{.id = wire::text_or(*object, "id", ""),
               .title = wire::text_or(*object, "title", ""),
               .family = wire::text_or(*object, "family", ""),
               .traits = {}};
  for (const json::value& trait : **traits)
    if (trait.is_string()) row.traits.emplace(trait.get_string());
  return row.id.empty() ? std::nullopt : std::optional(std::move(row));
}

// `only`: ids, or starts of ids up to a dash, between commas.
bool wanted(const ProbeRow& row, std::string_view only) {
  if (only.empty()) return true;
  while (!only.empty()) {
    std::string id(only.substr(0, only.find(',')));
    if (row.id == id || row.id.starts_with(id + "-")) return true;
    only.remove_prefix(std::min(id.size() + 1, only.size()));
  }
  return false;
}

base::Result<std::vector<ProbeRow>> list_probes(const std::string& probe, const std::string& only) {
  CLOISTER_TRY(io::DescriptorPair output, io::pipe());
  CLOISTER_TRY(io::Process process, io::Process::start({.arguments = {probe, "--list"},
                                                        .environment = {},
                                                        .descriptors = {{1, &output.second}}}));
  output.second.close();
  std::string text = collect_output(output.first, false, list_wait_ms).text;
  std::vector<ProbeRow> rows;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    auto row = parse_row(std::string_view(text).substr(at, end - at));
    if (!row) return base::fail(errors::selftest, "the list of probes cannot be read");
    if (wanted(*row, only)) rows.push_back(*std::move(row));
    at = end + 1;
  }
  if (rows.empty())
    return base::fail(errors::no_such_probe, fmt::format("there is no probe named {}", only),
                      "run `cloister selftest` without --only: it lists all of them");
  return rows;
}

// The detail for people: what the probe said, or what the outside saw of it.
std::string explain(const ProbeRun& run) {
  std::string text = run.detail;
  for (std::size_t i = 0; i < run.witnesses.size() && i < 3; ++i)
    text += (text.empty() ? "seen outside: " : "; seen outside: ") + run.witnesses[i];
  return text;
}

json::object to_json(const ProbeRow& row, const Verdicts& verdicts, const ProbeRun& control,
                     const CellRun& cell) {
  return {{"id", row.id},
          {"title", row.title},
          {"family", row.family},
          {"cell", static_cast<int>(verdicts.cell)},
          {"control", static_cast<int>(verdicts.control)},
          {"control_error", control.error},
          {"cell_detail", explain(cell.run)},
          {"control_detail", explain(control)},
          {"recorded", cell.recorded}};
}

std::optional<ProbeReport> parse_report(const json::object& object) {
  std::int64_t cell = wire::integer_or(object, "cell", -1);
  std::int64_t control = wire::integer_or(object, "control", -1);
  if (cell < 0 || cell > static_cast<int>(CellVerdict::unknown) || control < 0 ||
      control > static_cast<int>(ControlVerdict::unavailable))
    return std::nullopt;
  return ProbeReport{
      .id = wire::text_or(object, "id", ""),
      .title = wire::text_or(object, "title", ""),
      .family = wire::text_or(object, "family", ""),
      .cell = static_cast<CellVerdict>(cell),
      .control = static_cast<ControlVerdict>(control),
      .control_error = static_cast<int>(wire::integer_or(object, "control_error", 0)),
      .cell_detail = wire::text_or(object, "cell_detail", ""),
      .control_detail = wire::text_or(object, "control_detail", ""),
      .recorded = static_cast<std::uint64_t>(wire::integer_or(object, "recorded", 0))};
}

void send_line(const io::Descriptor& pipe, const json::object& object) {
  std::string line = json::serialize(object) + "\n";
  std::string_view left = line;
  while (!left.empty()) {
    ssize_t count = ::write(pipe.number(), left.data(), left.size());
    if (count <= 0) _exit(1);  // the parent is gone
    left.remove_prefix(static_cast<std::size_t>(count));
  }
}

base::Outcome run_all(const std::vector<ProbeRow>& rows, const std::string& folder,
                      const std::string& probe, const io::Descriptor& report) {
  CLOISTER_TRY(auto world, OutsideWorld::make(folder, probe));
  for (const ProbeRow& row : rows) {
    CLOISTER_TRY(ProbeRun control, run_control(*world, row));
    CLOISTER_TRY(CellRun cell, run_in_cell(*world, row));
    send_line(report,
              to_json(row, judge_probe(row, world->as_root(), control, cell.run), control, cell));
  }
  return {};
}

// The child: becomes the outside world.
[[noreturn]] void become_world(const std::vector<ProbeRow>& rows, const std::string& folder,
                               const std::string& probe, const io::Descriptor& report,
                               pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  base::Outcome done = run_all(rows, folder, probe, report);
  if (!done) send_line(report, {{"error", done.error().message}, {"hint", done.error().hint}});
  _exit(done ? 0 : 1);
}

// Reads lines until the child is done.
base::Result<SelftestReport> follow(const io::Descriptor& pipe, std::size_t total,
                                    const SelftestOptions& options) {
  SelftestReport report;
  std::string buffer;
  std::array<char, 4096> bytes;
  for (;;) {
    ssize_t count = ::read(pipe.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    buffer.append(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t end; (end = buffer.find('\n')) != buffer.npos; buffer.erase(0, end + 1)) {
      CLOISTER_TRY(json::object line, wire::parse_json_object(buffer.substr(0, end)));
      if (line.contains("error"))
        return base::fail(errors::selftest, wire::text_or(line, "error", ""),
                          wire::text_or(line, "hint", ""));
      auto probe = parse_report(line);
      if (!probe) return base::fail(errors::selftest, "a report cannot be read");
      report.probes.push_back(*std::move(probe));
      if (options.progress) options.progress(report.probes.back(), report.probes.size(), total);
    }
  }
  if (report.probes.size() != total)
    return base::fail(errors::selftest, "the outside world ended early");
  return report;
}

}  // namespace

base::Result<SelftestReport> run_selftest(const SelftestOptions& options) {
  std::string probe = io::program_folder() + "/cloister-probe";
  CLOISTER_TRY(auto rows, list_probes(probe, options.only));
  std::string folder = fmt::format("/tmp/cloister-selftest-{}-XXXXXX", getpid());
  if (mkdtemp(folder.data()) == nullptr)
    return base::fail_errno(errors::selftest, "cannot make a folder below /tmp", errno);
  auto pipe = io::pipe();
  std::fflush(nullptr);
  pid_t parent = getpid();
  pid_t child = pipe ? fork() : -1;
  if (child == 0) become_world(rows, folder, probe, pipe->second, parent);
  base::Result<SelftestReport> report = base::fail(errors::selftest, "cannot start");
  if (child > 0) {
    pipe->second.close();
    report = follow(pipe->first, rows.size(), options);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  rmdir(folder.c_str());  // what was in it lived in the child's mounts
  return report;
}

}  // namespace cloister::cell
