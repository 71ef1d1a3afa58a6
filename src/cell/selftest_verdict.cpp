// SPDX-License-Identifier: Apache-2.0
#include "selftest_verdict.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

// How a kernel says that it has no such thing.
bool says_missing(int error) {
  constexpr std::array missing{ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, ENODEV,
                               ENXIO,  ENOENT,       EOPNOTSUPP,      EADDRNOTAVAIL,   ENOPROTOOPT};
  return std::ranges::find(missing, error) != missing.end();
}

bool says_not_allowed(int error) {
  return error == EPERM || error == EACCES;
}

ControlVerdict judge_control(const ProbeRow& row, bool as_root, const ProbeRun& run) {
  if (row.witnessed())
    return run.witnesses.empty() ? ControlVerdict::failed : ControlVerdict::works;
  if (run.said == Said::open || run.said == Said::within) return ControlVerdict::works;
  if (row.has("root_only") && !as_root) return ControlVerdict::unavailable;
  if (row.has("optional") && run.said == Said::blocked &&
      (says_missing(run.error) || says_not_allowed(run.error)))
    return ControlVerdict::unavailable;
  // A call that this kernel kills its caller for is one that it does not have.
  if (row.has("optional") && row.has("killable") && run.ended_by_force)
    return ControlVerdict::unavailable;
  return ControlVerdict::failed;
}

CellVerdict judge_cell(const ProbeRow& row, const ProbeRun& run) {
  if (!run.witnesses.empty() || run.said == Said::open) return CellVerdict::escaped;
  if (run.said == Said::within && !row.witnessed()) return CellVerdict::intended;
  if (run.said != Said::nothing) return CellVerdict::held;
  if (run.ended_by_force && row.has("killable")) return CellVerdict::held;
  return CellVerdict::unknown;
}

}  // namespace

std::size_t SelftestReport::count(CellVerdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(probes, verdict, &ProbeReport::cell));
}

std::size_t SelftestReport::count(ControlVerdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(probes, verdict, &ProbeReport::control));
}

bool SelftestReport::passed() const {
  return count(CellVerdict::escaped) == 0 && count(CellVerdict::unknown) == 0 &&
         count(ControlVerdict::failed) == 0;
}

std::string_view name_of(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::held:
      return "held";
    case CellVerdict::escaped:
      return "escaped";
    case CellVerdict::intended:
      return "intended";
    case CellVerdict::unavailable:
      return "unavailable";
    case CellVerdict::unknown:
      break;
  }
  return "unknown";
}

std::string_view name_of(ControlVerdict verdict) {
  switch (verdict) {
    case ControlVerdict::works:
      return "works";
    case ControlVerdict::unavailable:
      return "unavailable";
    case ControlVerdict::failed:
      break;
  }
  return "failed";
}

Verdicts judge_probe(const ProbeRow& row, bool as_root, const ProbeRun& control,
                     const ProbeRun& cell) {
  Verdicts verdicts{.cell = judge_cell(row, cell), .control = judge_control(row, as_root, control)};
  // SECURITY: what cannot work outside either is not the cell's merit (test:
  // SelftestVerdict.AnUnavailableControlIsNeverHeld).
  if (verdicts.control == ControlVerdict::unavailable && verdicts.cell == CellVerdict::held)
    verdicts.cell = CellVerdict::unavailable;
  return verdicts;
}

}  // namespace cloister::cell
