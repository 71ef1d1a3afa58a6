// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/merkle.hpp"

#include "cloister/base/check.hpp"

#include <algorithm>
#include <bit>

namespace cloister::crypto {
namespace {

constexpr std::array<std::byte, 1> leaf_prefix{std::byte{0}};
constexpr std::array<std::byte, 1> node_prefix{std::byte{1}};

// The largest power of two smaller than n (n > 1): where RFC 6962 splits a tree.
std::uint64_t split(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

void consistency_part(std::span<const Hash> leaves, std::uint64_t old_size, bool whole,
                      std::vector<Hash>& proof) {
  if (old_size == leaves.size()) {
    if (!whole) proof.push_back(merkle_root(leaves));
    return;
  }
  std::uint64_t left = split(leaves.size());
  if (old_size <= left) {
    consistency_part(leaves.first(left), old_size, whole, proof);
    proof.push_back(merkle_root(leaves.subspan(left)));
  } else {
    consistency_part(leaves.subspan(left), old_size - left, false, proof);
    proof.push_back(merkle_root(leaves.first(left)));
  }
}

}  // namespace

Hash merkle_leaf(base::ByteView entry) {
  return sha256({leaf_prefix, entry});
}

Hash merkle_node(const Hash& left, const Hash& right) {
  return sha256({node_prefix, left, right});
}

Hash merkle_root(std::span<const Hash> leaves) {
  MerkleEdge edge;
  for (const Hash& leaf : leaves) edge.append(leaf);
  return edge.root();
}

void MerkleEdge::append(const Hash& leaf) {
  subtrees_.push_back(leaf);
  ++size_;
  // As many complete subtrees merge as the new size has trailing zero bits.
  for (int merges = std::countr_zero(size_); merges > 0; --merges) {
    Hash right = subtrees_.back();
    subtrees_.pop_back();
    subtrees_.back() = merkle_node(subtrees_.back(), right);
  }
}

Hash MerkleEdge::root() const {
  if (subtrees_.empty()) return sha256(base::ByteView{});
  Hash root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) root = merkle_node(subtrees_[i], root);
  return root;
}

MerkleEdge MerkleEdge::restore(std::uint64_t size, std::vector<Hash> subtrees) {
  CLOISTER_CHECK(subtrees.size() == static_cast<std::size_t>(std::popcount(size)));
  MerkleEdge edge;
  edge.size_ = size;
  edge.subtrees_ = std::move(subtrees);
  return edge;
}

std::vector<Hash> inclusion_proof(std::span<const Hash> leaves, std::uint64_t index) {
  CLOISTER_CHECK(index < leaves.size());
  std::vector<Hash> proof;
  while (leaves.size() > 1) {
    std::uint64_t left = split(leaves.size());
    if (index < left) {
      proof.push_back(merkle_root(leaves.subspan(left)));
      leaves = leaves.first(left);
    } else {
      proof.push_back(merkle_root(leaves.first(left)));
      leaves = leaves.subspan(left);
      index -= left;
    }
  }
  std::ranges::reverse(proof);
  return proof;
}

std::vector<Hash> consistency_proof(std::span<const Hash> leaves, std::uint64_t old_size) {
  CLOISTER_CHECK(old_size > 0 && old_size <= leaves.size());
  std::vector<Hash> proof;
  consistency_part(leaves, old_size, true, proof);
  return proof;
}

bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t at = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      hash = merkle_node(sibling, hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = merkle_node(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, std::span<const Hash> proof,
                        const Hash& old_root, const Hash& new_root) {
  if (old_size == 0 || old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  std::vector<Hash> path(proof.begin(), proof.end());
  if (std::has_single_bit(old_size)) path.insert(path.begin(), old_root);
  if (path.empty()) return false;
  std::uint64_t at = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((at & 1) != 0) {
    at >>= 1;
    last >>= 1;
  }
  Hash old_hash = path.front();
  Hash new_hash = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      old_hash = merkle_node(path[i], old_hash);
      new_hash = merkle_node(path[i], new_hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = merkle_node(new_hash, path[i]);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace cloister::crypto
