// SPDX-License-Identifier: Apache-2.0
// Runs the self-test for selftest_test.py and prints its report as one JSON object.
//   selftest_driver [--only ID]
#include "cloister/cell/selftest.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

int main(int count, char** arguments) {
  namespace cell = cloister::cell;
  cell::SelftestOptions options;
  for (int i = 1; i + 1 < count; ++i)
    if (std::string_view(arguments[i]) == "--only") options.only = arguments[i + 1];
  options.progress = [](const cell::ProbeReport& probe, std::size_t done, std::size_t total) {
    std::fprintf(stderr, "%zu/%zu %s\n", done, total, probe.id.c_str());
  };
  auto report = cell::run_selftest(options);
  if (!report) {
    std::fprintf(stderr, "%s: %s\n", report.error().code.c_str(), report.error().message.c_str());
    return 1;
  }
  boost::json::array probes;
  for (const cell::ProbeReport& probe : report->probes)
    probes.push_back(
        {{"id", probe.id},
         {"title", probe.title},
         {"family", probe.family},
         {"cell", cell::name_of(probe.cell)},
         {"control", cell::name_of(probe.control)},
         {"control_errno", probe.control_error == 0 ? "" : strerrorname_np(probe.control_error)},
         {"cell_detail", probe.cell_detail},
         {"control_detail", probe.control_detail},
         {"recorded", probe.recorded}});
  boost::json::object result{
      {"probes", probes},
      {"held", report->count(cell::CellVerdict::held)},
      {"escaped", report->count(cell::CellVerdict::escaped)},
      {"intended", report->count(cell::CellVerdict::intended)},
      {"unavailable", report->count(cell::CellVerdict::unavailable)},
      {"unknown", report->count(cell::CellVerdict::unknown)},
      {"controls_failed", report->count(cell::ControlVerdict::failed)},
  };
  std::puts(boost::json::serialize(result).c_str());
  return report->passed() ? 0 : 4;
}
