// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/studio.hpp"

#include "cloister/api/errors.hpp"
#include "cloister/base/log.hpp"

#include <fmt/format.h>

namespace cloister::api {

Studio::Studio(vault::Services services, std::unique_ptr<vault::Home> home, Mode mode)
    : services_(services),
      home_(std::move(home)),
      mode_(mode),
      query_workers_(services_, home_->folder() / "run/spill") {}

base::Result<std::unique_ptr<Studio>> Studio::open(vault::Services services, const io::Path& home,
                                                   Mode mode) {
  CLOISTER_TRY(auto opened, mode == Mode::read_only ? vault::Home::open_read_only(services, home)
                                                    : vault::Home::open(services, home));
  return std::unique_ptr<Studio>(new Studio(services, std::move(opened), mode));
}

policy::Subject Studio::owner() const {
  return {.person = home_->info().owner,
          .role = policy::Role::owner,
          .cell = {},
          .granted_to_cell = {}};
}

std::string name_of(const policy::Subject& subject) {
  return subject.cell ? "cell:" + *subject.cell : subject.person;
}

base::Outcome Studio::record(ledger::Entry entry, const policy::Subject& who) {
  // A read-only home takes no entries: verifying must not change what it verifies.
  if (mode_ == Mode::read_only) return {};
  entry.who = name_of(who);
  return home_->record(entry);
}

base::Outcome Studio::permit(const policy::Request& request) {
  policy::Decision decision = policy::decide(request, services_.clock.now());
  if (decision.allowed) return {};
  CLOISTER_TRY_DO(record({.kind = "refused",
                          .who = {},
                          .dataset = request.dataset,
                          .purpose = request.purpose,
                          .decision = "deny",
                          .detail = {{"reason", decision.reason}}},
                         request.subject));
  return base::fail(errors::denied, decision.reason, decision.hint);
}

cell::AttemptSink Studio::attempt_sink() {
  return [this](const cell::Attempt& attempt) {
    ledger::Entry entry{.kind = "attempt",
                        .who = "cell:" + attempt.cell,
                        .dataset = {},
                        .purpose = {},
                        .decision = "deny",
                        .detail = {{"cell", attempt.cell},
                                   {"notebook", attempt.notebook},
                                   {"pid", attempt.pid},
                                   {"program", attempt.program},
                                   {"operation", attempt.operation},
                                   {"family", attempt.family},
                                   {"address", attempt.address},
                                   {"port", attempt.port},
                                   {"host", attempt.host},
                                   {"verdict", attempt.verdict},
                                   {"count", static_cast<std::int64_t>(attempt.count)},
                                   {"time", base::to_rfc3339(attempt.time)}}};
    if (mode_ == Mode::read_only) return;
    // The attempt was refused by the kernel already. A full disk must not stop the recorder.
    if (auto done = home_->record(entry); !done)
      base::log_info(fmt::format("cloister: a refused attempt could not be recorded: {}",
                                 done.error().message));
  };
}

base::Outcome Studio::unlock(const base::SecretBytes& passphrase, std::string_view command) {
  CLOISTER_TRY_DO(home_->unlock(passphrase));
  return record({.kind = "unlock",
                 .who = {},
                 .dataset = {},
                 .purpose = {},
                 .decision = "allow",
                 .detail = {{"command", command}}},
                owner());
}

void Studio::lock() {
  query_workers_.end_all();
  home_->lock();
}

}  // namespace cloister::api
