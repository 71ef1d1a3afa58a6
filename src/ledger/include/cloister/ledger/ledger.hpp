// SPDX-License-Identifier: Apache-2.0
// The tamper-evident ledger: an RFC 6962 tree over salted entries, with signed checkpoints.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/crypto/sealed_box.hpp"
#include "cloister/crypto/signature.hpp"
#include "cloister/io/disk.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::ledger {

// One event. Never holds a value of a dataset: query texts come with their literals replaced.
struct Entry {
  std::string kind;            // import, query, run, attempt, unlock, unlock-failed, grant, …
  std::string who;             // person, or "cell:<name>"
  std::string dataset;         // "name@version", or empty
  std::string purpose;         // as given, or empty
  std::string decision;        // "allow", "deny" or empty
  boost::json::object detail;  // further facts: integers, texts, flags; no doubles
};

struct StoredEntry {
  std::uint64_t sequence = 0;  // from 0
  base::WallTime time;
  Entry entry;
  bool clock_backwards = false;  // the clock stood before the time of the entry before
};

// What anyone may know: written at init into home.json.
struct PublicKeys {
  std::string origin;             // the log's name in checkpoints, "cloister/<id of the home>"
  crypto::VerifyKey first_epoch;  // verifies epoch 0; later epochs are certified by the one before
  crypto::BoxPublicKey bodies;    // entries are sealed to it, so that appending needs no secret
};

// The key that signs now. Kept sealed in the vault; the one before is erased when an epoch ends, so
// that a later intruder cannot sign yesterday anew.
struct EpochKey {
  std::uint64_t epoch = 0;
  crypto::SigningKey key;
};

struct TreeHead {
  std::uint64_t size = 0;
  crypto::Hash root{};
};

struct Environment {
  io::Disk& disk;
  base::Clock& clock;
  base::Random& random;
};

struct VerifyOptions {
  // The secret half of PublicKeys::bodies: opens every body too. May be null.
  const crypto::BoxKeyPair* bodies = nullptr;
  // Text of a checkpoint that somebody kept: the ledger must be a continuation of it. May be empty.
  std::string against;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // may be empty
  std::stop_token stop;                                                   // ends with io.cancelled
};

struct VerifyReport {
  bool ok = false;
  std::uint64_t entries = 0;    // under the checkpoint
  std::uint64_t pending = 0;    // whole entries after it
  crypto::Hash root{};          // of the entries under the checkpoint, as computed
  std::int64_t first_bad = -1;  // lowest sequence number at which something does not fit, or -1
  std::string problem;          // what was found first, in plain words; empty when ok
  std::string checkpoint;       // text of ledger/checkpoint, when its signature verifies
  std::uint64_t checkpoints = 0;
  std::uint64_t epoch = 0;
  std::uint64_t bodies_opened = 0;
  // Entries whose time lies before the time of the one before (only with `bodies`): not an error.
  std::uint64_t clock_backwards = 0;
};

// Takes pieces of a file that is being written; its errors end the writing.
using Sink = std::function<base::Outcome(std::string_view piece)>;

// Thread-safe. One process at a time opens it (the home's lock sees to that).
class Ledger {
 public:
  // Lays out an empty ledger in `folder` with a first checkpoint.
  static base::Outcome create(Environment environment, const io::Path& folder,
                              const PublicKeys& keys, const EpochKey& first);
  // Opens for appending. An append that a crash interrupted is removed; complete entries after the
  // last checkpoint are kept. Damage to anything under the last checkpoint is ledger.damaged
  // (integrity).
  static base::Result<std::unique_ptr<Ledger>> open(Environment environment, const io::Path& folder,
                                                    const PublicKeys& keys);
  // The same without changing a byte: an interrupted append is left where it is, and appending is
  // ledger.read-only.
  static base::Result<std::unique_ptr<Ledger>> open_read_only(Environment environment,
                                                              const io::Path& folder,
                                                              const PublicKeys& keys);
  // Reads every byte below `folder` and writes none. What does not fit is in the report; an error
  // means that it could not be found out. Also when open() refuses the ledger.
  static base::Result<VerifyReport> verify_folder(Environment environment, const io::Path& folder,
                                                  const PublicKeys& keys,
                                                  const VerifyOptions& options);
  virtual ~Ledger() = default;

  // Durable when it returns (several callers share one sync). Needs no secret. Returns the sequence
  // number.
  virtual base::Result<std::uint64_t> append(const Entry& entry) = 0;
  // Writes hash tiles and a checkpoint over everything appended so far, durably. No-op when there
  // is nothing new.
  virtual base::Result<TreeHead> checkpoint(const EpochKey& key) = 0;
  // Certifies a new key by the current one (writes ledger/epochs) and returns it. The caller stores
  // it durably BEFORE (see docs/formats/ledger.md) and erases the old one after.
  virtual base::Outcome begin_epoch(const EpochKey& current, const EpochKey& next) = 0;

  virtual TreeHead head() const = 0;          // with everything appended
  virtual TreeHead checkpointed() const = 0;  // of the last checkpoint
  virtual std::uint64_t checkpoints()
      const = 0;  // how many checkpoints were ever written (kept in the checkpoint)
  virtual std::uint64_t epoch() const = 0;
  // Root of the first `size` entries, for comparison with a remembered head.
  virtual base::Result<crypto::Hash> root_at(std::uint64_t size) = 0;
  // Entries [from, to), opened with the secret half of PublicKeys::bodies.
  virtual base::Result<std::vector<StoredEntry>> read(std::uint64_t from, std::uint64_t to,
                                                      const crypto::BoxKeyPair& bodies) = 0;

  // verify_folder of this ledger while it is in use: appending goes on, checkpoints wait.
  virtual base::Result<VerifyReport> verify(const VerifyOptions& options) = 0;
  // The signed note that ledger/checkpoint holds now: what another person should keep.
  virtual std::string checkpoint_text() const = 0;
  // A proof of one entry under the checkpoint, as JSON (docs/formats/ledger.md §7): checked without
  // a key. ledger.not-checkpointed for a later one, ledger.no-such-entry.
  virtual base::Result<boost::json::object> prove(std::uint64_t sequence,
                                                  const crypto::BoxKeyPair& bodies) = 0;
  // All entries under the checkpoint in one self-contained file of JSON lines (§6).
  virtual base::Outcome export_to(const crypto::BoxKeyPair& bodies, const Sink& sink) = 0;
};

}  // namespace cloister::ledger
