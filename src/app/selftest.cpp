// SPDX-License-Identifier: Apache-2.0
#include "selftest.hpp"

#include "cloister/app/errors.hpp"
#include "cloister/base/clock.hpp"
#include "cloister/cell/selftest.hpp"

#include "output.hpp"
#include "progress.hpp"

namespace cloister::app {
namespace {

namespace json = boost::json;

api::Reply reply_of(const cell::SelftestReport& report) {
  json::array probes;
  for (const cell::ProbeReport& probe : report.probes)
    probes.push_back({{"id", probe.id},
                      {"title", probe.title},
                      {"family", probe.family},
                      {"cell", cell::name_of(probe.cell)},
                      {"control", cell::name_of(probe.control)},
                      {"recorded", probe.recorded},
                      {"cell_detail", probe.cell_detail},
                      {"control_detail", probe.control_detail}});
  api::Reply reply;
  reply.result = {{"probes", std::move(probes)},
                  {"held", report.count(cell::CellVerdict::held)},
                  {"escaped", report.count(cell::CellVerdict::escaped)},
                  {"intended", report.count(cell::CellVerdict::intended)},
                  {"unavailable", report.count(cell::CellVerdict::unavailable)},
                  {"controls_failed", report.count(cell::ControlVerdict::failed)}};
  for (const cell::ProbeReport& probe : report.probes)
    if (probe.cell == cell::CellVerdict::escaped || probe.cell == cell::CellVerdict::unknown)
      reply.findings.emplace_back(
          errors::probe_escaped, fmt::format("{}: {}", probe.id, probe.cell_detail),
          "do not grant data to cells on this machine; see `cloister status`");
  if (reply.findings.empty() && !report.passed())
    reply.findings.emplace_back(errors::control_failed,
                                "a positive control did not work: its probe says nothing",
                                "see the probes whose control is `failed`");
  return reply;
}

}  // namespace

int selftest(const ParsedLine& line) {
  base::SystemClock clock;
  ProgressDisplay display(clock, line.has("quiet"));
  cell::SelftestOptions options;
  if (const std::string* only = line.find("only")) options.only = *only;
  options.progress = [&](const cell::ProbeReport&, std::size_t done, std::size_t total) {
    display.show("trying to break out", done, total);
  };
  auto report = cell::run_selftest(options);
  display.clear();
  return report ? print_reply(line, reply_of(*report)) : print_error(line, report.error());
}

}  // namespace cloister::app
