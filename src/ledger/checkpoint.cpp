// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/checkpoint.hpp"

#include "cloister/ledger/errors.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::ledger {
namespace {

std::unexpected<base::Error> bad(std::string_view what) {
  return base::fail(errors::bad_note, std::string(what));
}

std::unexpected<base::Error> damaged(std::string message) {
  return base::fail(errors::damaged, std::move(message));
}

std::optional<crypto::Hash> parse_hash(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  auto bytes = base::from_base64(*text);
  crypto::Hash hash;
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::optional<std::uint64_t> parse_number(std::optional<std::string_view> text) {
  return text ? parse_decimal(*text) : std::nullopt;
}

base::Result<Checkpoint> checkpoint_of(const Note& note, const PublicKeys& keys,
                                       const EpochChain& epochs) {
  CLOISTER_TRY(Checkpoint checkpoint, parse_checkpoint(note.text));
  if (checkpoint.origin != keys.origin) return damaged("a checkpoint of another ledger");
  if (checkpoint.epoch >= epochs.keys.size())
    return damaged(fmt::format("the checkpoint is of epoch {}, which no certificate introduces",
                               checkpoint.epoch));
  // SECURITY: only the key of the checkpoint's own epoch counts; an earlier key, which an intruder
  // may have stolen, signs nothing new (test: CheckpointTest.AnEarlierKeyCannotSignALaterEpoch).
  if (!is_signed_by(note, keys.origin, epochs.keys[checkpoint.epoch]))
    return damaged("the checkpoint's signature does not verify");
  return checkpoint;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\ncounter {}\nepoch {}\nlog {} {}\ntime {}\n", checkpoint.origin,
                     checkpoint.head.size, base::to_base64(checkpoint.head.root),
                     checkpoint.counter, checkpoint.epoch, checkpoint.log_bytes,
                     base::to_base64(checkpoint.link), base::to_rfc3339(checkpoint.time));
}

base::Result<Checkpoint> parse_checkpoint(std::string_view text) {
  std::string_view rest = text;
  auto origin = take_line(rest);
  auto size = parse_number(take_line(rest));
  auto root = parse_hash(take_line(rest));
  auto counter = parse_number(take_field(rest, "counter "));
  auto epoch = parse_number(take_field(rest, "epoch "));
  auto log = take_field(rest, "log ");
  auto time_text = take_field(rest, "time ");
  if (!origin || !size || !root || !counter || !epoch || !log || !time_text)
    return bad("not a checkpoint of a Cloister ledger");
  std::size_t space = log->find(' ');
  auto log_bytes = parse_decimal(log->substr(0, space));
  auto link = space == std::string_view::npos ? std::nullopt : parse_hash(log->substr(space + 1));
  auto time = base::parse_rfc3339(*time_text);
  if (!log_bytes || !link || !time) return bad("not a checkpoint of a Cloister ledger");
  Checkpoint checkpoint{std::string(*origin), {*size, *root}, *counter, *epoch,
                        *log_bytes,           *link,          *time};
  if (!is_key_name(checkpoint.origin) || to_text(checkpoint) != text)
    return bad("a checkpoint that is not in its one canonical form");
  return checkpoint;
}

std::string to_text(const EpochCertificate& certificate) {
  return fmt::format("{}\nepoch {}\n{}\n{}\n{}\n", certificate.origin, certificate.epoch,
                     verifier_key_text(certificate.origin, certificate.key), certificate.begin.size,
                     base::to_base64(certificate.begin.root));
}

base::Result<EpochCertificate> parse_certificate(std::string_view text) {
  std::string_view rest = text;
  auto origin = take_line(rest);
  auto epoch = parse_number(take_field(rest, "epoch "));
  auto key_text = take_line(rest);
  auto size = parse_number(take_line(rest));
  auto root = parse_hash(take_line(rest));
  if (!origin || !epoch || !key_text || !size || !root) return bad("not an epoch certificate");
  CLOISTER_TRY(NamedKey key, parse_verifier_key(*key_text));
  EpochCertificate certificate{std::string(*origin), *epoch, key.key, {*size, *root}};
  if (to_text(certificate) != text)
    return bad("an epoch certificate that is not in its one canonical form");
  return certificate;
}

base::Result<EpochChain> verify_epochs(std::string_view file, const PublicKeys& keys) {
  if (file.size() > epochs_bytes_max) return damaged("ledger/epochs is larger than allowed");
  EpochChain chain;
  chain.keys.push_back(keys.first_epoch);
  while (!file.empty()) {
    // One certificate: its text, a blank line, one signature line.
    std::size_t blank = file.find("\n\n");
    std::size_t end = blank == std::string_view::npos ? blank : file.find('\n', blank + 2);
    if (end == std::string_view::npos) return damaged("ledger/epochs ends in the middle");
    auto note = parse_note(file.substr(0, end + 1));
    if (!note) return damaged("ledger/epochs: " + note.error().message);
    auto certificate = parse_certificate(note->text);
    if (!certificate) return damaged("ledger/epochs: " + certificate.error().message);
    // SECURITY: each key is introduced by the one before it (test:
    // Epochs.ACertificateBySomebodyElseIsRefused).
    if (certificate->origin != keys.origin || certificate->epoch != chain.keys.size() ||
        note->signatures.size() != 1 || !is_signed_by(*note, keys.origin, chain.keys.back()))
      return damaged(fmt::format("the certificate of epoch {} does not verify", chain.keys.size()));
    chain.keys.push_back(certificate->key);
    chain.certificates.push_back(*std::move(certificate));
    file.remove_prefix(end + 1);
  }
  return chain;
}

base::Result<Checkpoint> verify_checkpoint(std::string_view text, const PublicKeys& keys,
                                           const EpochChain& epochs) {
  auto note = parse_note(text);
  if (!note) return damaged("ledger/checkpoint: " + note.error().message);
  if (note->signatures.size() != 1) return damaged("ledger/checkpoint has more than one signature");
  auto checkpoint = checkpoint_of(*note, keys, epochs);
  if (!checkpoint) return damaged("ledger/checkpoint: " + checkpoint.error().message);
  return checkpoint;
}

base::Result<Checkpoint> verify_kept_checkpoint(std::string_view text, const PublicKeys& keys,
                                                const EpochChain& epochs) {
  CLOISTER_TRY(Note note, parse_note(text));
  return checkpoint_of(note, keys, epochs);
}

}  // namespace cloister::ledger
