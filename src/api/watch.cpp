// SPDX-License-Identifier: Apache-2.0
// `watch`: what code in cells tried and was refused, oldest first.
#include "cloister/api/errors.hpp"

#include "handlers.hpp"
#include "parameters.hpp"

#include <thread>

namespace cloister::api {
namespace {

constexpr std::uint64_t page = 256;  // entries opened at a time

json::object attempt_json(const ledger::StoredEntry& stored) {
  json::object attempt = stored.entry.detail;
  attempt["sequence"] = stored.sequence;
  return attempt;
}

// Hands the attempts among the entries [from, to) to `each`.
base::Outcome for_attempts(Studio& studio, std::uint64_t from, std::uint64_t to,
                           const std::function<void(json::object)>& each) {
  for (std::uint64_t at = from; at < to; at += page) {
    CLOISTER_TRY(auto entries, studio.home().entries(at, std::min(at + page, to)));
    for (const ledger::StoredEntry& stored : entries)
      if (stored.entry.kind == "attempt") each(attempt_json(stored));
  }
  return {};
}

}  // namespace

base::Result<Reply> watch(Studio& studio, Call& call, const Listener& listener) {
  CLOISTER_TRY_DO(studio.permit({.subject = studio.owner(),
                                 .action = policy::Action::read_ledger,
                                 .dataset = {},
                                 .columns = {},
                                 .purpose = call.purpose}));
  std::uint64_t seen = studio.home().ledger().head().size;
  json::array attempts;
  CLOISTER_TRY_DO(for_attempts(
      studio, 0, seen, [&](json::object attempt) { attempts.push_back(std::move(attempt)); }));
  if (!flag_parameter(call, "follow"))
    return Reply{
        .result = {{"attempts", std::move(attempts)}}, .body = {}, .files = {}, .findings = {}};
  for (json::value& attempt : attempts) listener.item(attempt.get_object());
  while (!listener.stop.stop_requested()) {
    // The ledger is the one place where attempts arrive; looking twice a second is below what a
    // person sees.
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    if (!studio.home().unlocked()) return base::fail(errors::locked, "the vault was locked");
    std::uint64_t size = studio.home().ledger().head().size;
    CLOISTER_TRY_DO(
        for_attempts(studio, seen, size, [&](json::object attempt) { listener.item(attempt); }));
    seen = size;
  }
  return Reply{};
}

}  // namespace cloister::api
