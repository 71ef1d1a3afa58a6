// SPDX-License-Identifier: Apache-2.0
// What an auditor gets: proofs of single entries, and exports of all (docs/formats/ledger.md §6,
// §7).
#include "cloister/ledger/errors.hpp"
#include "cloister/wire/json.hpp"

#include "ledger_impl.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::ledger {
namespace {

namespace json = boost::json;

// The entry in clear, with what its leaf is made from besides.
json::object to_json(const OpenedEntry& opened, const LeafInput& leaf_input) {
  // What open_entry accepted is canonical JSON.
  json::value entry = json::parse(opened.canonical);
  return {{"sequence", opened.stored.sequence},
          {"salt", base::to_base64(opened.salt)},
          {"entry", std::move(entry)},
          {"body_hash", base::to_base64(base::ByteView(leaf_input).last(sizeof(crypto::Hash)))}};
}

std::string tlog_proof(std::uint64_t index, const Hashes& proof, std::string_view checkpoint) {
  std::string text = fmt::format("c2sp.org/tlog-proof@v1\nindex {}\n", index);
  for (const crypto::Hash& hash : proof) text += base::to_base64(hash) + '\n';
  text += '\n';
  text += checkpoint;
  return text;
}

}  // namespace

// Whose log it is, by which keys: the same in proofs and exports.
boost::json::object OpenLedger::signed_keys() const {
  return {{"origin", keys_.origin},
          {"first_epoch", verifier_key_text(keys_.origin, keys_.first_epoch)},
          {"epochs", files_.epochs_file}};
}

base::Result<boost::json::object> OpenLedger::prove(std::uint64_t sequence,
                                                    const crypto::BoxKeyPair& bodies) {
  std::lock_guard lock(mutex_);
  if (sequence >= writer_->end().merkle.size())
    return base::fail(errors::no_such_entry, fmt::format("there is no entry {}", sequence));
  if (sequence >= tree_.size())
    return base::fail(errors::not_checkpointed,
                      fmt::format("entry {} is not under a checkpoint yet", sequence),
                      "run `cloister ledger checkpoint` first");
  json::object proof;
  LeafInput leaf_input{};
  CLOISTER_TRY_DO(visit_records(
      sequence, sequence + 1, [&](std::uint64_t, const RecordView& record) -> base::Outcome {
        leaf_input = record.leaf_input;
        CLOISTER_TRY(OpenedEntry opened,
                     open_entry(record.leaf_input, record.body, bodies, sequence));
        proof = to_json(opened, record.leaf_input);
        return {};
      }));
  CLOISTER_TRY(Hashes path, tree_.inclusion_proof(sequence));
  if (!crypto::verify_inclusion(crypto::merkle_leaf(leaf_input), sequence, tree_.size(), path,
                                files_.checkpoint.head.root))
    return base::fail(errors::damaged, "the hash tiles do not prove the entry");
  for (auto& member : signed_keys()) proof.insert(member);
  proof["format"] = "cloister-ledger-proof/1";
  proof["tlog_proof"] = tlog_proof(sequence, path, files_.checkpoint_file);
  return proof;
}

base::Outcome OpenLedger::export_to(const crypto::BoxKeyPair& bodies, const Sink& sink) {
  constexpr std::uint64_t entries_at_once = 256;
  json::object header;
  std::uint64_t size = 0;
  {
    std::lock_guard lock(mutex_);
    header = signed_keys();
    header["format"] = "cloister-ledger-export/1";
    header["checkpoint"] = files_.checkpoint_file;
    size = tree_.size();
  }
  CLOISTER_TRY_DO(sink(wire::canonical_json(header) + '\n'));
  // The tree only grows, so what is read between two locks belongs to the same checkpoint.
  for (std::uint64_t from = 0; from < size; from += entries_at_once) {
    std::string lines;
    {
      std::lock_guard lock(mutex_);
      CLOISTER_TRY_DO(visit_records(
          from, std::min(size, from + entries_at_once),
          [&](std::uint64_t sequence, const RecordView& record) -> base::Outcome {
            CLOISTER_TRY(OpenedEntry opened,
                         open_entry(record.leaf_input, record.body, bodies, sequence));
            lines += wire::canonical_json(to_json(opened, record.leaf_input)) + '\n';
            return {};
          }));
    }
    CLOISTER_TRY_DO(sink(lines));
  }
  return {};
}

}  // namespace cloister::ledger
