// SPDX-License-Identifier: Apache-2.0
// The ledger with the vault's key: verified, proved and exported.
#include "stored_home.hpp"

namespace cloister::vault {

base::Result<crypto::BoxKeyPair> StoredHome::ledger_bodies() {
  std::lock_guard lock(mutex_);
  CLOISTER_TRY(UnlockedVault * vault, this->vault());
  return crypto::BoxKeyPair::from_secret(vault->bodies.secret_key.clone());
}

base::Result<ledger::VerifyReport> StoredHome::verify_ledger(ledger::VerifyOptions options) {
  CLOISTER_TRY(crypto::BoxKeyPair bodies, ledger_bodies());
  options.bodies = &bodies;
  if (!read_only()) return ledger_->verify(options);
  // Nobody appends meanwhile, so bytes after the last whole record are no append in progress but
  // damage.
  Services& services = place_.services;
  return ledger::Ledger::verify_folder(
      {.disk = services.disk, .clock = services.clock, .random = services.random},
      place_.folder / "ledger", place_.home.ledger, options);
}

base::Result<boost::json::object> StoredHome::prove_entry(std::uint64_t sequence) {
  CLOISTER_TRY(crypto::BoxKeyPair bodies, ledger_bodies());
  return ledger_->prove(sequence, bodies);
}

base::Outcome StoredHome::export_ledger(const ledger::Sink& sink) {
  CLOISTER_TRY(crypto::BoxKeyPair bodies, ledger_bodies());
  return ledger_->export_to(bodies, sink);
}

}  // namespace cloister::vault
