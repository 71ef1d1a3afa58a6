// SPDX-License-Identifier: Apache-2.0
#include "entry.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/ledger/errors.hpp"
#include "cloister/wire/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::ledger {
namespace {

namespace json = boost::json;

std::unexpected<base::Error> bad_entry(std::string_view why) {
  return base::fail(errors::bad_entry, fmt::format("an event cannot be recorded: {}", why));
}

bool holds_double(const json::value& value, std::size_t depth) {
  if (depth > base::limits::json_depth_max) return true;
  if (const auto* object = value.if_object())
    return std::ranges::any_of(
        *object, [&](const auto& member) { return holds_double(member.value(), depth + 1); });
  if (const auto* array = value.if_array())
    return std::ranges::any_of(*array,
                               [&](const auto& item) { return holds_double(item, depth + 1); });
  return value.is_double();
}

json::object to_object(const Entry& entry, base::WallTime time, bool clock_backwards) {
  json::object object{
      {"time", base::to_rfc3339(time)}, {"kind", entry.kind},       {"who", entry.who},
      {"dataset", entry.dataset},       {"purpose", entry.purpose}, {"decision", entry.decision},
      {"detail", entry.detail}};
  if (clock_backwards) object["clock"] = "backwards";
  return object;
}

}  // namespace

base::Outcome check_entry(const Entry& entry) {
  if (entry.kind.empty()) return bad_entry("it has no kind");
  for (const auto& member : entry.detail)
    if (holds_double(member.value(), 2))
      return bad_entry("it holds a number that is no integer, or is nested too deeply");
  std::string text = canonical_text(entry, base::WallTime{}, true);
  if (text.size() > base::limits::ledger_entry_bytes_max)
    return bad_entry(
        fmt::format("it is larger than {} bytes", base::limits::ledger_entry_bytes_max));
  if (!parse_canonical(text)) return bad_entry("it is not text in UTF-8");
  return {};
}

std::string canonical_text(const Entry& entry, base::WallTime time, bool clock_backwards) {
  return wire::canonical_json(to_object(entry, time, clock_backwards));
}

base::Result<StoredEntry> parse_canonical(std::string_view text) {
  auto object = wire::parse_json_object(text);
  if (!object) return base::fail(errors::damaged, "an entry is not JSON");
  auto time = base::parse_rfc3339(wire::text_or(*object, "time", ""));
  auto detail = wire::object_field(*object, "detail");
  if (!time || !detail) return base::fail(errors::damaged, "an entry lacks its time or detail");
  StoredEntry stored;
  stored.time = *time;
  stored.clock_backwards = object->contains("clock");
  stored.entry = {wire::text_or(*object, "kind", ""),     wire::text_or(*object, "who", ""),
                  wire::text_or(*object, "dataset", ""),  wire::text_or(*object, "purpose", ""),
                  wire::text_or(*object, "decision", ""), **detail};
  if (holds_double(*object, 1) ||
      canonical_text(stored.entry, stored.time, stored.clock_backwards) != text)
    return base::fail(errors::damaged, "an entry is not in its one canonical form");
  return stored;
}

RecordContent seal_entry(std::string_view canonical, const std::array<std::byte, salt_bytes>& salt,
                         const crypto::BoxPublicKey& bodies) {
  base::Bytes plain(salt.begin(), salt.end());
  base::ByteView text = base::as_bytes(canonical);
  plain.insert(plain.end(), text.begin(), text.end());
  RecordContent content;
  content.body = crypto::seal_to(bodies, plain);
  crypto::Hash entry_hash = crypto::sha256(plain);
  crypto::Hash body_hash = crypto::sha256(content.body);
  std::ranges::copy(body_hash, std::ranges::copy(entry_hash, content.leaf_input.begin()).out);
  return content;
}

base::Result<OpenedEntry> open_entry(const LeafInput& leaf_input, base::ByteView body,
                                     const crypto::BoxKeyPair& bodies, std::uint64_t sequence) {
  CLOISTER_TRY(base::SecretBytes plain, crypto::open_sealed(bodies, body));
  crypto::Hash hash = crypto::sha256(plain.view());
  if (plain.size() < salt_bytes ||
      !std::ranges::equal(hash, std::span(leaf_input).first(hash.size())))
    return base::fail(errors::damaged,
                      fmt::format("entry {} is not the one that was recorded", sequence));
  OpenedEntry opened;
  std::ranges::copy(plain.view().first(salt_bytes), opened.salt.begin());
  opened.canonical = plain.text().substr(salt_bytes);
  CLOISTER_TRY(opened.stored, parse_canonical(opened.canonical));
  opened.stored.sequence = sequence;
  return opened;
}

}  // namespace cloister::ledger
