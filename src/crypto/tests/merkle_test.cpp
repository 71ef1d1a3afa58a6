// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/merkle.hpp"

#include "cloister/base/random.hpp"

#include "vector_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cloister::crypto {
namespace {

constexpr std::size_t sizes_max = 64;

std::vector<Hash> leaves_up_to(std::size_t count) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back(merkle_leaf(base::as_bytes(std::to_string(i))));
  return leaves;
}

// RFC 6962 §2.1, word by word: k is the largest power of two smaller than n.
Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256(base::ByteView{});
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return merkle_node(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}

// RFC 6962 §2.1.1: PATH(m, D[n]).
std::vector<Hash> naive_path(std::size_t index, std::span<const Hash> leaves) {
  if (leaves.size() <= 1) return {};
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  bool left = index < k;
  auto path = left ? naive_path(index, leaves.first(k)) : naive_path(index - k, leaves.subspan(k));
  path.push_back(naive_root(left ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

TEST(Merkle, AgreesWithThePublishedRoots) {
  std::vector<Hash> leaves;
  MerkleEdge edge;
  int roots = 0;
  for (const VectorCase& test : read_vectors("merkle.txt")) {
    if (test.has("Root")) {
      if (test.has("Leaf")) {
        leaves.push_back(merkle_leaf(test.bytes("Leaf")));
        edge.append(leaves.back());
      }
      ASSERT_EQ(leaves.size(), test.number("Size"));
      EXPECT_EQ(base::to_hex(merkle_root(leaves)), test.text("Root"));
      EXPECT_EQ(edge.root(), merkle_root(leaves));
      ++roots;
      continue;
    }
    base::Bytes joined;
    std::span<const Hash> all(leaves);
    for (const Hash& hash :
         consistency_proof(all.first(test.number("NewSize")), test.number("OldSize")))
      joined.insert(joined.end(), hash.begin(), hash.end());
    EXPECT_EQ(base::to_hex(joined), test.text("Proof"));
  }
  EXPECT_EQ(roots, 9);
}

TEST(Merkle, RootsAndEdgesAgreeWithTheDefinition) {
  std::vector<Hash> leaves = leaves_up_to(sizes_max);
  MerkleEdge edge;
  EXPECT_EQ(edge.root(), naive_root({}));
  for (std::size_t size = 1; size <= sizes_max; ++size) {
    edge.append(leaves[size - 1]);
    std::span<const Hash> first(leaves.data(), size);
    EXPECT_EQ(edge.root(), naive_root(first)) << size;
    EXPECT_EQ(merkle_root(first), naive_root(first)) << size;
    MerkleEdge restored = MerkleEdge::restore(edge.size(), edge.subtrees());
    EXPECT_EQ(restored.root(), edge.root());
    restored.append(leaves[0]);  // goes on as the original would
    MerkleEdge copy = edge;
    copy.append(leaves[0]);
    EXPECT_EQ(restored.root(), copy.root());
  }
}

TEST(Merkle, LeavesAndNodesCannotStandForEachOther) {
  auto leaves = leaves_up_to(2);
  base::Bytes both(leaves[0].begin(), leaves[0].end());
  both.insert(both.end(), leaves[1].begin(), leaves[1].end());
  EXPECT_NE(merkle_leaf(both), merkle_node(leaves[0], leaves[1]));
}

TEST(MerkleInclusion, EveryProofOfEverySizeVerifiesAndOnlyInItsPlace) {
  std::vector<Hash> leaves = leaves_up_to(sizes_max);
  int proofs = 0;
  for (std::size_t size = 1; size <= sizes_max; ++size) {
    std::span<const Hash> first(leaves.data(), size);
    Hash root = naive_root(first);
    for (std::size_t index = 0; index < size; ++index) {
      auto proof = inclusion_proof(first, index);
      ASSERT_EQ(proof, naive_path(index, first));
      ASSERT_TRUE(verify_inclusion(leaves[index], index, size, proof, root));
      for (std::size_t other = 0; other < size + 2; ++other)
        if (other != index) EXPECT_FALSE(verify_inclusion(leaves[index], other, size, proof, root));
      EXPECT_FALSE(verify_inclusion(leaves[(index + 1) % sizes_max], index, size, proof, root));
      ++proofs;
    }
  }
  EXPECT_EQ(proofs, 64 * 65 / 2);
}

// The mutations of transparency-dev/merkle's test data, for every proof of a few sizes.
TEST(MerkleInclusion, DamagedProofsAreRefused) {
  std::vector<Hash> leaves = leaves_up_to(40);
  Hash garbage = sha256(base::as_bytes("garbage"));
  for (std::size_t size : {1, 2, 3, 5, 7, 8, 13, 16, 33, 40}) {
    std::span<const Hash> first(leaves.data(), size);
    Hash root = naive_root(first);
    for (std::size_t index = 0; index < size; ++index) {
      auto proof = inclusion_proof(first, index);
      auto refused = [&](const std::vector<Hash>& changed) {
        return !verify_inclusion(leaves[index], index, size, changed, root);
      };
      for (std::size_t at = 0; at < proof.size(); ++at) {
        auto changed = proof;
        changed[at][at % 32] ^= std::byte{4};
        EXPECT_TRUE(refused(changed));
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_TRUE(refused(changed));
      }
      for (const Hash& extra : {garbage, root, Hash{}, leaves[index]}) {
        auto changed = proof;
        changed.push_back(extra);
        EXPECT_TRUE(refused(changed));
        changed = proof;
        changed.insert(changed.begin(), extra);
        EXPECT_TRUE(refused(changed));
      }
      EXPECT_FALSE(verify_inclusion(leaves[index], index, size, proof, garbage));
      EXPECT_FALSE(verify_inclusion(leaves[index], index, 0, proof, root));
    }
  }
}

TEST(MerkleConsistency, EveryPairOfSizesVerifiesAndNoOther) {
  std::vector<Hash> leaves = leaves_up_to(sizes_max);
  std::vector<Hash> roots;
  for (std::size_t size = 0; size <= sizes_max; ++size)
    roots.push_back(naive_root(std::span<const Hash>(leaves).first(size)));
  for (std::size_t to = 1; to <= sizes_max; ++to)
    for (std::size_t from = 1; from <= to; ++from) {
      auto proof = consistency_proof(std::span<const Hash>(leaves).first(to), from);
      ASSERT_TRUE(verify_consistency(from, to, proof, roots[from], roots[to])) << from << " " << to;
      if (from == to) continue;
      EXPECT_FALSE(verify_consistency(from, to, proof, roots[to], roots[from]));
      EXPECT_FALSE(verify_consistency(from, to, proof, roots[from], roots[from]));
      EXPECT_FALSE(verify_consistency(from, to, proof, roots[from - 1], roots[to]));
      EXPECT_FALSE(verify_consistency(from, to, {}, roots[from], roots[to]));
      EXPECT_FALSE(verify_consistency(from - 1, to, proof, roots[from], roots[to]));
      EXPECT_FALSE(verify_consistency(to, from, proof, roots[from], roots[to]));
    }
}

TEST(MerkleConsistency, DamagedProofsAreRefused) {
  std::vector<Hash> leaves = leaves_up_to(40);
  Hash garbage = sha256(base::as_bytes("garbage"));
  for (std::size_t to : {2, 3, 6, 7, 8, 13, 16, 33, 40})
    for (std::size_t from = 1; from < to; ++from) {
      std::span<const Hash> all(leaves.data(), to);
      Hash old_root = naive_root(all.first(from));
      Hash new_root = naive_root(all);
      auto proof = consistency_proof(all, from);
      auto refused = [&](const std::vector<Hash>& changed) {
        return !verify_consistency(from, to, changed, old_root, new_root);
      };
      for (std::size_t at = 0; at < proof.size(); ++at) {
        auto changed = proof;
        changed[at][31] ^= std::byte{128};
        EXPECT_TRUE(refused(changed));
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_TRUE(refused(changed)) << from << " " << to << " " << at;
      }
      for (const Hash& extra : {garbage, old_root, new_root, Hash{}}) {
        auto changed = proof;
        changed.push_back(extra);
        EXPECT_TRUE(refused(changed));
        changed = proof;
        changed.insert(changed.begin(), extra);
        EXPECT_TRUE(refused(changed));
      }
      EXPECT_FALSE(verify_consistency(from, to, proof, garbage, new_root));
      EXPECT_FALSE(verify_consistency(from, to, proof, old_root, garbage));
    }
}

TEST(MerkleConsistency, EqualSizesNeedEqualRootsAndNoProof) {
  Hash a = sha256(base::as_bytes("a"));
  Hash b = sha256(base::as_bytes("b"));
  std::vector<Hash> extra{a};
  EXPECT_TRUE(verify_consistency(5, 5, {}, a, a));
  EXPECT_FALSE(verify_consistency(5, 5, {}, a, b));
  EXPECT_FALSE(verify_consistency(5, 5, extra, a, a));
  EXPECT_FALSE(verify_consistency(0, 5, {}, a, a));
  EXPECT_FALSE(verify_consistency(0, 0, {}, a, a));
}

TEST(MerkleEdgeDeathTest, RestoringTheWrongNumberOfSubtreesIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((void)MerkleEdge::restore(5, std::vector<Hash>(3)), "popcount");
}

}  // namespace
}  // namespace cloister::crypto
