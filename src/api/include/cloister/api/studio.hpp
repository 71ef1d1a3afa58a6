// SPDX-License-Identifier: Apache-2.0
// An open home with its query workers: what every command works on.
#pragma once

#include "cloister/api/query_workers.hpp"
#include "cloister/api/session_grants.hpp"
#include "cloister/cell/attempt.hpp"
#include "cloister/policy/decision.hpp"
#include "cloister/vault/home.hpp"

#include <memory>
#include <string>

namespace cloister::api {

// Thread-safe: commands run on several threads of the server. Owned by the composition root (app).
class Studio {
 public:
  enum class Mode { read_write, read_only };
  static base::Result<std::unique_ptr<Studio>> open(vault::Services services, const io::Path& home,
                                                    Mode mode);

  vault::Home& home() { return *home_; }
  vault::Services& services() { return services_; }
  QueryWorkers& query_workers() { return query_workers_; }
  SessionGrants& session_grants() { return session_grants_; }

  // The person at the keyboard: in this version always the owner.
  policy::Subject owner() const;
  // Decides, and records a refusal; an allowed action is recorded by the command itself, with its
  // outcome.
  base::Outcome permit(const policy::Request& request);
  // Records an event with who and purpose filled in.
  base::Outcome record(ledger::Entry entry, const policy::Subject& who);

  // Where cells report what they tried: an entry each. Safe to call from any thread until the
  // studio goes.
  cell::AttemptSink attempt_sink();

  // Opens the keys, and records who did and for which command. A wrong passphrase is recorded by
  // the home itself.
  base::Outcome unlock(const base::SecretBytes& passphrase, std::string_view command);
  // Forgets all keys and ends the query workers; cells go on without data.
  void lock();

 private:
  Studio(vault::Services services, std::unique_ptr<vault::Home> home, Mode mode);

  vault::Services services_;
  std::unique_ptr<vault::Home> home_;
  Mode mode_;
  QueryWorkers query_workers_;
  SessionGrants session_grants_;
};

// The entry's text for a subject: the person, or "cell:<name>" for code in a cell.
std::string name_of(const policy::Subject& subject);

}  // namespace cloister::api
