// SPDX-License-Identifier: Apache-2.0
// `ledger show · verify · checkpoint · prove · export`: what happened, and the proof of it.
#include "cloister/ledger/ledger.hpp"

#include "cloister/api/errors.hpp"

#include "handlers.hpp"
#include "parameters.hpp"

#include <fmt/format.h>

namespace cloister::api {
namespace {

constexpr std::uint64_t page = 256;  // entries opened at a time
constexpr std::uint64_t checkpoint_bytes_max = 64u << 10;

struct Filter {
  std::string kind;
  std::string dataset;
  std::string by;
  std::optional<base::WallTime> since;

  bool passes(const ledger::StoredEntry& stored) const {
    const std::string& about = stored.entry.dataset;
    return (kind.empty() || stored.entry.kind == kind) && (by.empty() || stored.entry.who == by) &&
           (dataset.empty() || about == dataset || about.starts_with(dataset + "@")) &&
           (!since || stored.time >= *since);
  }
};

base::Result<Filter> filter_of(const Call& call) {
  Filter filter{.kind = text_parameter_or(call, "kind", ""),
                .dataset = text_parameter_or(call, "dataset", ""),
                .by = text_parameter_or(call, "by", ""),
                .since = {}};
  std::string since = text_parameter_or(call, "since", "");
  if (since.empty()) return filter;
  filter.since = base::parse_rfc3339(since);
  if (!filter.since)
    return base::fail(errors::bad_parameter, "--since takes a time in UTC",
                      "like 2026-11-25T00:00:00Z");
  return filter;
}

json::object entry_json(const ledger::StoredEntry& stored) {
  json::object entry{{"seq", stored.sequence},
                     {"time", base::to_rfc3339(stored.time)},
                     {"who", stored.entry.who},
                     {"kind", stored.entry.kind},
                     {"dataset", stored.entry.dataset},
                     {"purpose", stored.entry.purpose},
                     {"decision", stored.entry.decision},
                     {"detail", stored.entry.detail}};
  if (stored.clock_backwards) entry["clock_backwards"] = true;
  return entry;
}

base::Outcome permit_reading(Studio& studio, const Call& call) {
  return studio.permit({.subject = studio.owner(),
                        .action = policy::Action::read_ledger,
                        .dataset = {},
                        .columns = {},
                        .purpose = call.purpose});
}

}  // namespace

base::Result<Reply> ledger_show(Studio& studio, Call& call, const Listener& listener) {
  CLOISTER_TRY_DO(permit_reading(studio, call));
  CLOISTER_TRY(Filter filter, filter_of(call));
  std::uint64_t size = studio.home().ledger().head().size;
  json::array entries;
  for (std::uint64_t at = 0; at < size; at += page) {
    if (listener.stop.stop_requested()) return base::fail(errors::cancelled, "cancelled");
    listener.progress("reading the ledger", at, size);
    CLOISTER_TRY(auto part, studio.home().entries(at, std::min(at + page, size)));
    for (const ledger::StoredEntry& stored : part)
      if (filter.passes(stored)) entries.push_back(entry_json(stored));
  }
  return Reply{
      .result = {{"entries", std::move(entries)}}, .body = {}, .files = {}, .findings = {}};
}

base::Result<Reply> ledger_verify(Studio& studio, Call& call, const Listener& listener) {
  ledger::VerifyOptions options;
  options.stop = listener.stop;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    listener.progress("verifying the ledger", done, total);
  };
  if (call.parameters.contains("against")) {
    CLOISTER_TRY(GivenFile kept, file_parameter(call, "against"));
    CLOISTER_TRY(base::Bytes text, io::read_at(kept.descriptor, 0, checkpoint_bytes_max));
    options.against = base::as_text(text);
  }
  CLOISTER_TRY(ledger::VerifyReport report, studio.home().verify_ledger(std::move(options)));
  Reply reply;
  reply.result = {
      {"ok", report.ok},
      {"entries", report.entries},
      {"pending", report.pending},
      {"root", base::to_hex(report.root)},
      {"first_bad", report.first_bad >= 0 ? json::value(report.first_bad) : json::value(nullptr)},
      {"epoch", report.epoch},
      {"clock_backwards", report.clock_backwards}};
  if (!report.ok)
    reply.findings.emplace_back(
        errors::ledger_damaged, report.problem,
        "compare with a checkpoint that you kept elsewhere, and restore a backup");
  return reply;
}

base::Result<Reply> ledger_checkpoint(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY_DO(permit_reading(studio, call));
  ledger::TreeHead head = studio.home().ledger().checkpointed();
  return Reply{.result = {{"size", head.size},
                          {"root", base::to_hex(head.root)},
                          {"checkpoint", studio.home().ledger().checkpoint_text()}},
               .body = studio.home().ledger().checkpoint_text(),
               .files = {},
               .findings = {}};
}

base::Result<Reply> ledger_prove(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY_DO(permit_reading(studio, call));
  CLOISTER_TRY(std::int64_t sequence, number_parameter(call, "sequence", 0, INT64_MAX, -1));
  CLOISTER_TRY(json::object proof, studio.home().prove_entry(static_cast<std::uint64_t>(sequence)));
  std::string text = json::serialize(proof) + "\n";
  return Reply{.result = std::move(proof), .body = std::move(text), .files = {}, .findings = {}};
}

base::Result<Reply> ledger_export(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY_DO(permit_reading(studio, call));
  CLOISTER_TRY_DO(studio.record({.kind = "ledger-export",
                                 .who = {},
                                 .dataset = {},
                                 .purpose = call.purpose,
                                 .decision = "allow",
                                 .detail = {}},
                                studio.owner()));
  // The export ends at a checkpoint, so that it can be verified as a whole.
  CLOISTER_TRY_DO(studio.home().finish());
  std::string text;
  CLOISTER_TRY_DO(studio.home().export_ledger([&](std::string_view piece) -> base::Outcome {
    text += piece;
    return {};
  }));
  return Reply{.result = {{"entries", studio.home().ledger().checkpointed().size}},
               .body = std::move(text),
               .files = {},
               .findings = {}};
}

}  // namespace cloister::api
