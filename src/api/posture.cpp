// SPDX-License-Identifier: Apache-2.0
// `posture`: what is enforced on this machine, practice by practice, each claim with its evidence.
#include "cloister/cell/survey.hpp"
#include "cloister/report/document.hpp"
#include "cloister/report/numbers.hpp"

#include "handlers.hpp"
#include "machine_state.hpp"
#include "parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::api {
namespace {

// proved: checked just now. enforced: the kernel or the code holds it. configured: a setting says
// so. off, unavailable: not.
struct Check {
  std::string id;
  std::string practice;
  std::string claim;
  std::string state;
  std::string evidence;
};

Check encryption_check(Studio& studio, const Listener& listener) {
  Check check{.id = "datasets-verified",
              .practice = "encrypt",
              .claim = "Every dataset is encrypted, and no sealed byte has changed",
              .state = "proved",
              .evidence = {}};
  auto damages = studio.home().verify("", listener.progress, listener.stop);
  auto versions = studio.home().datasets();
  std::uint64_t bytes = 0;
  if (versions)
    for (const vault::DatasetVersion& version : *versions) bytes += version.bytes_stored;
  if (!damages || !damages->empty()) {
    check.state = "off";
    check.evidence = !damages ? damages.error().message : damages->front().message;
  } else {
    check.evidence =
        fmt::format("{} in {} verified against signed manifests just now",
                    report::size_text(static_cast<std::int64_t>(bytes)),
                    report::counted(static_cast<std::int64_t>(versions ? versions->size() : 0),
                                    "version", "versions"));
  }
  return check;
}

Check ledger_check(Studio& studio, const Listener& listener) {
  Check check{.id = "ledger-verified",
              .practice = "audit",
              .claim = "Every event is in the ledger, and none was changed",
              .state = "proved",
              .evidence = {}};
  auto report = studio.home().verify_ledger(
      {.bodies = nullptr, .against = {}, .progress = {}, .stop = listener.stop});
  if (!report || !report->ok) {
    check.state = "off";
    check.evidence = report ? report->problem : report.error().message;
  } else {
    check.evidence =
        fmt::format("{} verified just now, root {}",
                    report::counted(static_cast<std::int64_t>(report->entries), "entry", "entries"),
                    base::to_hex(report->root).substr(0, 16));
  }
  return check;
}

std::vector<Check> sandbox_checks() {
  std::vector<Check> checks;
  cell::Sandbox sandbox = cell::survey();
  for (const cell::Layer& layer : sandbox.layers)
    checks.push_back({.id = "sandbox-" + layer.name,
                      .practice = "minimise exposure",
                      .claim = "Cells: " + layer.claim,
                      .state = layer.on ? "enforced" : "unavailable",
                      .evidence = layer.why});
  checks.push_back({.id = "limits",
                    .practice = "minimise exposure",
                    .claim = "Cells: memory, processes, files and time are limited",
                    .state = "enforced",
                    .evidence = sandbox.limits});
  return checks;
}

std::vector<Check> configured_checks(Studio& studio) {
  std::vector<vault::Home::Slot> slots = studio.home().slots();
  bool recovery =
      std::ranges::any_of(slots, [](const auto& slot) { return slot.name == "recovery"; });
  std::string swap = swap_state();
  return {{.id = "default-deny",
           .practice = "control access",
           .claim = "What no rule allows is denied, and the refusal is recorded",
           .state = "enforced",
           .evidence = "one decision function; cells see only datasets granted with --dataset"},
          {.id = "recorder",
           .practice = "monitor",
           .claim = "Each refused attempt of code in a cell is recorded",
           .state = "enforced",
           .evidence = "`cloister watch` lists them"},
          {.id = "recovery-key",
           .practice = "encrypt",
           .claim = "A recovery key exists",
           .state = recovery ? "configured" : "off",
           .evidence = recovery ? "slot 'recovery'" : "made only by `init --recovery-out`"},
          {.id = "swap",
           .practice = "encrypt",
           .claim = "Memory does not reach the disk in plain text",
           .state = swap.starts_with("on") ? "off" : "configured",
           .evidence = "swap: " + swap},
          {.id = "workspace",
           .practice = "encrypt",
           .claim = "The workspace folder is encrypted",
           .state = "off",
           .evidence = "a plain folder; nothing is kept there in this version"}};
}

std::string html_of(const std::vector<Check>& checks, const std::string& time) {
  auto count = [&](std::string_view state) {
    return std::ranges::count(checks, state,
                              [](const Check& check) { return std::string_view(check.state); });
  };
  report::Document document(
      {.title = "Posture of this home", .subtitle = fmt::format("{} UTC", time), .facts = {}},
      {fmt::format(
           "{} of {} claims were proved just now or are enforced by the kernel or the code.",
           count("proved") + count("enforced"), checks.size()),
       fmt::format("{} are set up by configuration; {} are off or unavailable on this machine.",
                   count("configured"), count("off") + count("unavailable"))},
      "To verify: `cloister posture`, `cloister selftest`, `cloister data verify` and `cloister "
      "ledger verify`.");
  for (std::string_view practice :
       {"minimise exposure", "encrypt", "control access", "audit", "monitor"}) {
    report::Section section{std::string(practice)};
    std::vector<report::Claim> claims;
    for (const Check& check : checks)
      if (check.practice == practice)
        claims.push_back({.verdict = check.state == "off" || check.state == "unavailable"
                                         ? report::Verdict::note
                                         : report::Verdict::held,
                          .title = check.claim,
                          .evidence = check.state + ": " + check.evidence});
    section.claims(claims);
    document.add(std::move(section));
  }
  return document.html();
}

}  // namespace

base::Result<Reply> posture(Studio& studio, Call& call, const Listener& listener) {
  CLOISTER_TRY_DO(studio.permit({.subject = studio.owner(),
                                 .action = policy::Action::read_ledger,
                                 .dataset = {},
                                 .columns = {},
                                 .purpose = call.purpose}));
  std::vector<Check> checks = sandbox_checks();
  checks.push_back(encryption_check(studio, listener));
  checks.push_back(ledger_check(studio, listener));
  for (Check& check : configured_checks(studio)) checks.push_back(std::move(check));
  json::array list;
  for (const Check& check : checks)
    list.push_back({{"id", check.id},
                    {"practice", check.practice},
                    {"claim", check.claim},
                    {"state", check.state},
                    {"evidence", check.evidence}});
  std::string time = base::to_rfc3339(studio.services().clock.now()).substr(0, 19);
  return Reply{.result = {{"checks", std::move(list)}},
               .body = flag_parameter(call, "out") ? html_of(checks, time) : "",
               .files = {},
               .findings = {}};
}

}  // namespace cloister::api
