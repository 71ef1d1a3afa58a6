// SPDX-License-Identifier: Apache-2.0
// The published vectors of docs/formats/ledger.md: notes, tile names, a whole ledger and its
// invalid variants.
#include "cloister/base/limits.hpp"
#include "cloister/ledger/errors.hpp"
#include "cloister/ledger/note.hpp"
#include "cloister/ledger/tile.hpp"

#include "fixture.hpp"

#include <set>

namespace cloister::ledger {
namespace {

namespace json = boost::json;

const io::Path vectors = io::Path(CLOISTER_SOURCE_DIR) / "tests/vectors/ledger";

json::value vector_file(const char* name) {
  return json::parse(file_text(vectors / name));
}
std::string text(const json::value& value) {
  return std::string(value.as_string());
}

TEST(Note, VectorsVerifyOrNot) {
  const json::value file = vector_file("notes.json");
  for (const json::value& item : file.at("notes").as_array()) {
    NamedKey key = parse_verifier_key(text(item.at("key"))).value();
    auto note = parse_note(text(item.at("note")));
    ASSERT_TRUE(note) << item;
    EXPECT_EQ(is_signed_by(*note, key.name, key.key), item.at("signed").as_bool()) << item;
  }
}

TEST(Note, MalformedOnesAreRefused) {
  const json::value file = vector_file("notes.json");
  for (const json::value& item : file.at("malformed").as_array()) {
    auto note = parse_note(text(item.at(1)));
    ASSERT_FALSE(note) << item;
    EXPECT_TRUE(note.error().is(errors::bad_note));
  }
  for (const char* bytes :
       {"caf\xe9\n\n", "\xc0\xaf\n\n", "\xed\xa0\x80\n\n", "\xf4\x90\x80\x80\n\n", "\xe2\x82"})
    EXPECT_FALSE(parse_note(bytes + std::string("\xe2\x80\x94 a AAAAAAA=\n"))) << bytes;
  std::string many = "text\n\n";
  for (int i = 0; i < 16; ++i) many += "\xe2\x80\x94 a AAAAAAA=\n";
  EXPECT_TRUE(parse_note(many));  // the specification's least
  EXPECT_FALSE(parse_note(many + "\xe2\x80\x94 a AAAAAAA=\n"));
  EXPECT_FALSE(parse_note(std::string(note_bytes_max, 'x') + "\n\n\xe2\x80\x94 a AAAAAAA=\n"));
}

TEST(Note, VerifierKeysAreReadInOneFormOnly) {
  const json::value file = vector_file("notes.json");
  for (const json::value& key : file.at("keys").as_array()) {
    NamedKey parsed = parse_verifier_key(text(key)).value();
    EXPECT_EQ(verifier_key_text(parsed.name, parsed.key), text(key));
  }
  for (const json::value& key : file.at("malformed_keys").as_array())
    EXPECT_FALSE(parse_verifier_key(text(key))) << key;
}

TEST(Note, ASignatureThatDoesNotVerifyIsRefused) {
  std::string note = sign_note("hello\nworld\n", "cloister/test", signing_key(0));
  crypto::VerifyKey key = signing_key(0).verify_key();
  EXPECT_TRUE(is_signed_by(parse_note(note).value(), "cloister/test", key));
  EXPECT_FALSE(is_signed_by(parse_note(note).value(), "cloister/other", key));
  EXPECT_FALSE(
      is_signed_by(parse_note(note).value(), "cloister/test", signing_key(1).verify_key()));
  for (std::size_t at = 0; at < note.size(); ++at) {
    std::string changed = note;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    auto parsed = parse_note(changed);
    EXPECT_FALSE(parsed && is_signed_by(*parsed, "cloister/test", key)) << at;
  }
}

TEST(Tiles, PathsAreThoseOfTheSpecification) {
  const json::value file = vector_file("tiles.json");
  for (const json::value& item : file.at("paths").as_array()) {
    TileId tile{item.at(1).to_number<unsigned>(), item.at(2).to_number<std::uint64_t>(),
                item.at(3).to_number<unsigned>()};
    EXPECT_EQ(tile_path(tile), text(item.at(0)));
    EXPECT_EQ(parse_tile_path(text(item.at(0))), tile) << item;
  }
  for (const json::value& path : file.at("malformed").as_array())
    EXPECT_FALSE(parse_tile_path(text(path))) << path;
}

TEST(Tiles, ATreeHasJustTheTilesOfItsSize) {
  const json::value file = vector_file("tiles.json");
  for (const json::value& item : file.at("trees").as_array()) {
    auto size = item.at(0).to_number<std::uint64_t>();
    const json::array& paths = item.at(1).as_array();
    EXPECT_EQ(tile_count(size), paths.size());
    for (const json::value& path : paths)
      EXPECT_TRUE(tile_belongs(*parse_tile_path(text(path)), size)) << path << " of " << size;
  }
  for (const json::value& item : file.at("counts").as_array())
    EXPECT_EQ(tile_count(item.at(0).to_number<std::uint64_t>()),
              item.at(1).to_number<std::uint64_t>());
  std::vector<TileId> partial = partial_tiles(70'000);
  EXPECT_EQ(partial, (std::vector<TileId>{{0, 273, 112}, {1, 1, 17}, {2, 0, 1}}));
  EXPECT_TRUE(tile_belongs({0, 272, 256}, 70'000));
  EXPECT_FALSE(tile_belongs({0, 273, 256}, 70'000));
  EXPECT_FALSE(tile_belongs({0, 273, 111}, 70'000));
  EXPECT_FALSE(tile_belongs({3, 0, 1}, 70'000));
}

class Vectors : public LedgerFixture {
 protected:
  void SetUp() override {
    const json::value known = vector_file("valid/keys.json");
    NamedKey first = parse_verifier_key(text(known.at("first_epoch"))).value();
    base::Bytes secret = base::from_hex(text(known.at("bodies_secret"))).value();
    bodies = crypto::BoxKeyPair::from_secret(base::SecretBytes::copy_of(secret));
    keys = {first.name, first.key, bodies.public_key};
    good = files_in(vectors / "valid/ledger");
    restore(folder, good);
  }
  VerifyReport verify_vector(std::string against = {}) {
    VerifyOptions options;
    options.bodies = &bodies;
    options.against = std::move(against);
    return Ledger::verify_folder(environment(), folder, keys, options).value();
  }

  crypto::BoxKeyPair bodies;
  Files good;
};

TEST_F(Vectors, TheValidLedgerVerifies) {
  VerifyReport report = verify_vector();
  EXPECT_TRUE(report.ok) << report.problem;
  EXPECT_EQ(report.entries, 5u);
  EXPECT_EQ(report.bodies_opened, 5u);
  EXPECT_EQ(report.epoch, 2u);
  EXPECT_EQ(report.checkpoints, 4u);
  EXPECT_EQ(report.clock_backwards, 1u);
  EXPECT_TRUE(verify_vector(file_text(vectors / "valid/early-checkpoint")).ok);
}

TEST_F(Vectors, TheValidLedgerExportsAsPublished) {
  auto ledger = open();
  std::string file;
  ASSERT_TRUE(ledger->export_to(bodies, [&](std::string_view piece) -> base::Outcome {
    file += piece;
    return {};
  }));
  EXPECT_EQ(file, file_text(vectors / "valid/export.jsonl"));
  json::value proof = json::parse(file_text(vectors / "valid/proof-2.json"));
  EXPECT_EQ(json::value(ledger->prove(2, bodies).value()), proof);
}

TEST_F(Vectors, EveryInvalidLedgerIsFound) {
  const json::value cases = vector_file("invalid.json");
  std::size_t tried = 0;
  for (const json::value& item : cases.as_array()) {
    std::string name = text(item.at("file"));
    if (!name.starts_with("ledger/")) continue;
    name = name.substr(7);
    std::string content = good.contains(name) ? good.at(name) : "";
    const json::object& change = item.as_object();
    if (const json::value* cut = change.if_contains("cut"))
      content.resize(cut->to_number<std::size_t>());
    if (const json::value* more = change.if_contains("append")) content += text(*more);
    if (const json::value* copy = change.if_contains("copy"))
      content = file_text(vectors / "valid" / text(*copy));
    if (const json::value* pair = change.if_contains("replace")) {
      std::string from = text(pair->at(0));
      content.replace(content.find(from), from.size(), text(pair->at(1)));
    }
    if (change.contains("remove"))
      std::filesystem::remove(folder / name);
    else
      write_text(folder / name, content);
    EXPECT_FALSE(verify_vector().ok) << item.at("name");
    restore(folder, good);
    ++tried;
  }
  EXPECT_GT(tried, 20u);
}

}  // namespace
}  // namespace cloister::ledger
