// SPDX-License-Identifier: Apache-2.0
// The parts that need no home: names, recovery keys, manifests, key files, derived keys.
#include "cloister/crypto/aead.hpp"
#include "cloister/crypto/merkle.hpp"
#include "cloister/vault/errors.hpp"
#include "cloister/vault/home_file.hpp"
#include "cloister/vault/manifest.hpp"
#include "cloister/vault/recovery_key.hpp"

#include "home_fixture.hpp"
#include "key_file.hpp"
#include "vault_keys.hpp"
#include "vault_state.hpp"

#include <set>

namespace cloister::vault {
namespace {

TEST(DatasetName, OnlyPlainNames) {
  for (const char* good : {"a", "_", "Patients-2024", "x_y"}) EXPECT_TRUE(parse_dataset_name(good));
  for (const std::string& bad :
       {std::string(), std::string("1a"), std::string("-a"), std::string("a b"), std::string("a/b"),
        std::string("a@1"), std::string("\xc3\xa4"), std::string("a\0b", 3), std::string(129, 'a')})
    EXPECT_EQ(parse_dataset_name(bad).error().code, "vault.bad-name") << bad;
  EXPECT_TRUE(parse_dataset_name(std::string(128, 'a')));
}

TEST(DatasetReference, NameAndVersion) {
  EXPECT_FALSE(parse_dataset_reference("a")->version.has_value());
  EXPECT_EQ(parse_dataset_reference("a@12")->version, 12u);
  for (const char* bad : {"a@", "a@0", "a@01", "a@-1", "a@x", "@1", "a@1@2", "a@1234567890"})
    EXPECT_FALSE(parse_dataset_reference(bad)) << bad;
}

TEST(RecoveryKey, ComesBackFromPaper) {
  base::SeededRandom random(3);
  for (int i = 0; i < 20; ++i) {
    base::SecretBytes key = crypto::new_key(random);
    std::string text = recovery_key_text(key);
    EXPECT_EQ(text.size(), 14u * 4 + 13);
    ASSERT_TRUE(parse_recovery_key(text));
    EXPECT_EQ(parse_recovery_key(text)->text(), key.text());
    std::string sloppy;
    for (char c : text)
      if (c == '0')
        sloppy += 'o';
      else if (c == '1')
        sloppy += 'l';
      else if (c != '-')
        sloppy += static_cast<char>(tolower(c));
    ASSERT_TRUE(parse_recovery_key(sloppy + "\n"));
    EXPECT_EQ(parse_recovery_key(sloppy)->text(), key.text());
  }
}

TEST(RecoveryKey, AMistypedCharacterIsNoticed) {
  base::SeededRandom random(4);
  std::string text = recovery_key_text(crypto::new_key(random));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    std::string wrong = text;
    wrong[i] = wrong[i] == 'X' ? 'Y' : 'X';
    EXPECT_FALSE(parse_recovery_key(wrong)) << i;
  }
  EXPECT_FALSE(parse_recovery_key(text + "0"));
  EXPECT_FALSE(parse_recovery_key(text.substr(1)));
  EXPECT_FALSE(parse_recovery_key(""));
  EXPECT_FALSE(parse_recovery_key("correct horse battery staple"));
}

TEST(ManifestBlocks, CoverAFileWithoutGapOrOverlap) {
  EXPECT_EQ(block_count(0), 0u);
  EXPECT_EQ(block_count(1), 1u);
  EXPECT_EQ(block_count(12'288), 1u);
  EXPECT_EQ(block_count(12'289), 2u);
  EXPECT_EQ(block_count(12'288 + 262'144), 2u);
  EXPECT_EQ(block_count(12'288 + 262'145), 3u);
  std::uint64_t size = 12'288 + 2 * 262'144 + 77;
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < block_count(size); ++i) {
    EXPECT_EQ(block_at(i, size).offset, end);
    end += block_at(i, size).size;
  }
  EXPECT_EQ(end, size);
}

Manifest sample(std::uint64_t blocks) {
  Manifest manifest{"0011223344556677", "8899aabbccddeeff", 3, 0, {}, {}, {}};
  manifest.file_bytes = 12'288 + (blocks - 1) * 262'144;
  for (std::uint64_t i = 0; i < blocks; ++i)
    manifest.blocks.push_back(crypto::sha256(base::as_bytes(std::to_string(i))));
  return manifest;
}

crypto::SigningKey key_of(std::uint64_t seed) {
  base::SeededRandom random(seed);
  return crypto::SigningKey::generate(random);
}

TEST(ManifestFile, ComesBackAsItWasSigned) {
  Manifest manifest = sample(3);
  base::Bytes bytes = sign_manifest(manifest, key_of(1));
  auto parsed = parse_manifest(bytes);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->file_id, manifest.file_id);
  EXPECT_EQ(parsed->dataset_id, manifest.dataset_id);
  EXPECT_EQ(parsed->version, 3u);
  EXPECT_EQ(parsed->blocks, manifest.blocks);
  // Written out for three leaves, so that a wrong tree cannot agree with itself.
  auto leaf = [&](int i) {
    return crypto::merkle_leaf(manifest.blocks[static_cast<std::size_t>(i)]);
  };
  EXPECT_EQ(parsed->root, crypto::merkle_node(crypto::merkle_node(leaf(0), leaf(1)), leaf(2)));
  EXPECT_TRUE(signature_fits(*parsed, key_of(1).verify_key()));
  EXPECT_FALSE(signature_fits(*parsed, key_of(2).verify_key()));
}

TEST(ManifestFile, EveryChangedBitIsNoticed) {
  Manifest manifest = sample(2);
  crypto::SigningKey key = key_of(1);
  base::Bytes bytes = sign_manifest(manifest, key);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    base::Bytes changed = bytes;
    changed[i / 8] ^= static_cast<std::byte>(1 << i % 8);
    auto parsed = parse_manifest(changed);
    EXPECT_FALSE(parsed && signature_fits(*parsed, key.verify_key())) << "bit " << i;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_manifest(base::ByteView(bytes).first(size)));
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(parse_manifest(bytes));
}

TEST(VaultKeys, EachPurposeHasItsOwnKey) {
  base::SeededRandom random(5);
  VaultKeys keys(crypto::new_key(random));
  std::set<std::string> different;
  for (const base::SecretBytes* key : {&keys.master, &keys.catalogue, &keys.head, &keys.epoch,
                                       &keys.secrets, &keys.pending, &keys.wrap})
    different.insert(std::string(key->text()));
  EXPECT_EQ(different.size(), 7u);
}

TEST(VaultKeys, AWrappedKeyOpensOnlyForItsOwnFileAndHome) {
  base::SeededRandom random(6);
  VaultKeys keys(crypto::new_key(random));
  base::SecretBytes key = crypto::new_key(random);
  base::Bytes wrapped = wrap_dataset_key(keys, "home", "file", key, random);
  EXPECT_EQ(unwrap_dataset_key(keys, "home", "file", wrapped)->text(), key.text());
  EXPECT_FALSE(unwrap_dataset_key(keys, "home", "other", wrapped));
  EXPECT_FALSE(unwrap_dataset_key(keys, "other", "file", wrapped));
}

class KeyFileOnDisk : public HomeTest {};

// An intruder who can write files knows the slots' public keys, and so can seal a master key of
// their own to them.
TEST_F(KeyFileOnDisk, AForeignMasterKeyIsRefused) {
  std::string recovery_key;
  create(&recovery_key);
  std::string text = read_text(at() / "vault/keys");
  auto home_file = parse_home_file(read_text(at() / "home.json"));
  ASSERT_TRUE(home_file);
  auto file = parse_key_file(text, home_file->id);
  ASSERT_TRUE(file);
  base::SecretBytes foreign = crypto::new_key(random_);
  for (vault::Slot& slot : file->slots) seal_master(slot, foreign);
  write_text(at() / "vault/keys",
             to_text(*file, home_file->id, crypto::SigningKey::generate(random_)));
  EXPECT_EQ(state(recovery_key.c_str()), "vault.damaged");
}

TEST_F(KeyFileOnDisk, AbsurdCostsAreRefusedBeforeAnythingIsComputed) {
  create();
  std::string text = read_text(at() / "vault/keys");
  std::string id = parse_home_file(read_text(at() / "home.json"))->id;
  ASSERT_TRUE(parse_key_file(text, id));
  auto replaced = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  EXPECT_FALSE(parse_key_file(replaced("\"memory_kib\":19456", "\"memory_kib\":2097152000"), id));
  EXPECT_FALSE(parse_key_file(replaced("\"passes\":2", "\"passes\":2000"), id));
  EXPECT_FALSE(parse_key_file(replaced("\"passes\":2", "\"passes\":-2"), id));
  EXPECT_FALSE(parse_key_file(replaced("\"version\":1", "\"version\":2"), id));
  EXPECT_FALSE(parse_key_file(text + " ", id));
  EXPECT_FALSE(parse_key_file(text, "0000000000000000"));
}

TEST(HomeFileText, OnlyTheCanonicalTextIsAccepted) {
  HomeFile home;
  home.id = "0123456789abcdef";
  home.owner = "Ada \"of\" L\xc3\xb6wen";
  home.ledger.origin = "cloister/0123456789abcdef";
  home.created = *base::parse_rfc3339("2026-11-25T12:00:00Z");
  std::string text = to_text(home);
  auto parsed = parse_home_file(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->owner, home.owner);
  EXPECT_FALSE(parse_home_file(text + "\n"));
  EXPECT_FALSE(parse_home_file(text.substr(0, text.size() - 1)));
  std::string spaced = text;
  spaced.insert(1, " ");
  EXPECT_FALSE(parse_home_file(spaced));
  std::string more = text;
  more.insert(1, "\"a\":1,");
  EXPECT_FALSE(parse_home_file(more));
  EXPECT_FALSE(parse_home_file(std::string(1 << 20, '[')));
  EXPECT_FALSE(parse_home_file(""));
}

}  // namespace
}  // namespace cloister::vault
