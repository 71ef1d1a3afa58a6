// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/merkle.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/ledger/checkpoint.hpp"
#include "cloister/ledger/errors.hpp"

#include "fixture.hpp"

#include <algorithm>
#include <sstream>

namespace cloister::ledger {
namespace {

class Proofs : public LedgerFixture {
 protected:
  static crypto::Hash hash_of(const std::string& text) {
    base::Bytes bytes = base::from_base64(text).value();
    crypto::Hash hash{};
    std::ranges::copy(bytes, hash.begin());
    return hash;
  }
};

TEST_F(Proofs, EveryEntryIsProvenInTreesOfManySizes) {
  create();
  auto ledger = open();
  std::uint64_t proven = 0;
  for (std::uint64_t size : {1u, 2u, 3u, 7u, 64u, 255u, 256u, 257u, 515u}) {
    append(*ledger, size - ledger->head().size);
    ASSERT_TRUE(ledger->checkpoint(epoch_key(0)));
    std::uint64_t step = size < 65 ? 1 : 37;
    for (std::uint64_t at = 0; at < size; at += step, ++proven) {
      auto proof = ledger->prove(at, body_keys());
      ASSERT_TRUE(proof) << proof.error().message;
      // Read as a stranger would.
      std::istringstream text{std::string(proof->at("tlog_proof").as_string())};
      std::string line;
      std::getline(text, line);
      EXPECT_EQ(line, "c2sp.org/tlog-proof@v1");
      std::getline(text, line);
      EXPECT_EQ(line, fmt::format("index {}", at));
      std::vector<crypto::Hash> path;
      while (std::getline(text, line) && !line.empty()) path.push_back(hash_of(line));
      std::string salt(proof->at("salt").as_string());
      base::Bytes salted = base::from_base64(salt).value();
      EXPECT_EQ(salted.size(), 32u);
      std::string tile =
          file_text(folder / (size < 256 ? fmt::format("tile/0/000.p/{}", size)
                              : at < 256 ? "tile/0/000"
                              : at < 512 && size >= 512
                                  ? "tile/0/001"
                                  : fmt::format("tile/0/00{}.p/{}", size / 256, size % 256)));
      crypto::Hash leaf;
      std::memcpy(leaf.data(), tile.data() + at % 256 * 32, 32);
      EXPECT_TRUE(crypto::verify_inclusion(leaf, at, size, path, ledger->head().root))
          << at << " of " << size;
    }
  }
  EXPECT_GT(proven, 90u);
}

TEST_F(Proofs, WhatIsNotUnderACheckpointIsNotProven) {
  auto ledger = filled(2);
  append(*ledger, 1);
  EXPECT_TRUE(ledger->prove(2, body_keys()).error().is(errors::not_checkpointed));
  EXPECT_TRUE(ledger->prove(3, body_keys()).error().is(errors::no_such_entry));
  EXPECT_TRUE(ledger->prove(1, body_keys()));
}

TEST_F(Proofs, AnExportHasAHeaderAndALineForEachEntry) {
  auto ledger = filled(600);
  append(*ledger, 3);  // not under the checkpoint: not in the export
  std::vector<std::string> lines;
  std::string rest;
  ASSERT_TRUE(ledger->export_to(body_keys(), [&](std::string_view piece) -> base::Outcome {
    rest += piece;
    for (std::size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1))
      lines.push_back(rest.substr(0, end));
    return {};
  }));
  EXPECT_TRUE(rest.empty());
  ASSERT_EQ(lines.size(), 601u);
  EXPECT_EQ(boost::json::parse(lines[0]).at("checkpoint").as_string(), ledger->checkpoint_text());
  for (std::uint64_t i = 0; i < 600; ++i) {
    boost::json::value line = boost::json::parse(lines[i + 1]);
    ASSERT_EQ(line.at("sequence").to_number<std::uint64_t>(), i);
    ASSERT_EQ(line.at("entry").at("detail").at("rows").to_number<std::uint64_t>(), i);
  }
}

TEST_F(Proofs, AFullDiskEndsTheExport) {
  auto ledger = filled(2);
  auto outcome = ledger->export_to(body_keys(), [](std::string_view) -> base::Outcome {
    return base::fail(io::errors::no_space, "the disk is full");
  });
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(io::errors::no_space));
}

TEST_F(Proofs, AnExportNeedsTheRightKey) {
  auto ledger = filled(2);
  crypto::BoxKeyPair wrong = crypto::BoxKeyPair::from_secret(base::SecretBytes(32));
  EXPECT_FALSE(ledger->export_to(wrong, [](std::string_view) -> base::Outcome { return {}; }));
  EXPECT_FALSE(ledger->prove(0, wrong));
}

}  // namespace
}  // namespace cloister::ledger
