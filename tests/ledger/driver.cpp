// SPDX-License-Identifier: Apache-2.0
// ledger-driver FOLDER ENTRIES: a ledger of three epochs with fixed keys in FOLDER/ledger, an
// export, proofs, checkpoints of two times and the keys beside it.
#include "cloister/ledger/ledger.hpp"
#include "cloister/ledger/note.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace cloister;

namespace {

template <typename T>
T need(base::Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "ledger-driver: {}\n", result.error().message);
  std::exit(1);
}
void need(const base::Outcome& outcome) {
  if (outcome) return;
  fmt::print(stderr, "ledger-driver: {}\n", outcome.error().message);
  std::exit(1);
}

base::SecretBytes secret(unsigned number) {
  base::SecretBytes seed(32);
  seed.writable()[0] = static_cast<std::byte>(number);
  return seed;
}

ledger::EpochKey epoch_key(std::uint64_t epoch) {
  return {epoch, crypto::SigningKey::from_seed(secret(1 + static_cast<unsigned>(epoch)))};
}

// Texts that JSON writers treat differently, keys whose order depends on how they are compared.
ledger::Entry entry(std::uint64_t number) {
  auto count = static_cast<std::int64_t>(number);
  boost::json::object detail{
      {"rows", count}, {"delta", -count}, {"whole", true}, {"none", nullptr}};
  detail["statement"] =
      "select \"a\\b\" from t where x = ? /* \xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x94\x92 \x7f \t\n\x01 "
      "*/";
  detail["\xef\xbf\xbd"] = boost::json::array{1, "two", boost::json::object{{"z", 1}, {"a", 2}}};
  detail["\xf0\x9f\x94\x92"] = "beyond the first plane";
  const char* kinds[] = {"import", "query", "run", "attempt"};
  return {kinds[number % 4], number % 4 == 3 ? "cell:analysis" : "ada", "trial@1",
          "research",        number % 4 == 3 ? "deny" : "allow",        detail};
}

void write(const io::Path& path, std::string_view text) {
  io::SystemDisk disk;
  need(io::replace_file(disk, path, base::as_bytes(text), 0644));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  io::Path folder = arguments[1];
  std::uint64_t entries = std::strtoull(arguments[2], nullptr, 10);
  io::SystemDisk disk;
  base::ManualClock clock(base::WallTime{base::Microseconds{1'764'100'000'000'000}});
  base::SystemRandom random;
  crypto::BoxKeyPair bodies = crypto::BoxKeyPair::from_secret(secret(77));
  ledger::PublicKeys keys{"cloister/0123456789abcdef", epoch_key(0).key.verify_key(),
                          bodies.public_key};
  ledger::Environment environment{disk, clock, random};
  need(disk.make_folder(folder, 0755));
  need(ledger::Ledger::create(environment, folder / "ledger", keys, epoch_key(0)));
  auto log = need(ledger::Ledger::open(environment, folder / "ledger", keys));

  std::uint64_t epoch = 0;
  for (std::uint64_t i = 0; i < entries; ++i) {
    clock.advance(base::Microseconds{1'000'001});
    if (i == entries / 2) clock.set_wall_time(clock.now() - base::Microseconds{60'000'000});
    need(log->append(entry(i)));
    if (i == entries / 3 || i == 2 * entries / 3) {
      need(log->begin_epoch(epoch_key(epoch), epoch_key(epoch + 1)));
      ++epoch;
      if (epoch == 1) write(folder / "early-checkpoint", log->checkpoint_text());
    }
  }
  need(log->checkpoint(epoch_key(epoch)));
  write(folder / "checkpoint", log->checkpoint_text());

  std::string file;
  need(log->export_to(bodies, [&file](std::string_view piece) -> base::Outcome {
    file += piece;
    return {};
  }));
  write(folder / "export.jsonl", file);
  for (std::uint64_t sequence = 0; sequence < entries; sequence += 1 + entries / 7) {
    auto proof = need(log->prove(sequence, bodies));
    write(folder / fmt::format("proof-{}.json", sequence), boost::json::serialize(proof) + "\n");
  }
  boost::json::object known{
      {"origin", keys.origin},
      {"first_epoch", ledger::verifier_key_text(keys.origin, keys.first_epoch)},
      {"bodies_secret", base::to_hex(bodies.secret_key.view())}};
  write(folder / "keys.json", boost::json::serialize(known) + "\n");
  return 0;
}
