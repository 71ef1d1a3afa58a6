// SPDX-License-Identifier: Apache-2.0
// The hash tree of RFC 6962 §2.1: leaves, nodes, roots and proofs.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/crypto/hash.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cloister::crypto {

Hash merkle_leaf(base::ByteView entry);                 // SHA-256(0x00 ‖ entry)
Hash merkle_node(const Hash& left, const Hash& right);  // SHA-256(0x01 ‖ left ‖ right)
Hash merkle_root(std::span<const Hash> leaves);         // of no leaves: SHA-256 of nothing

// The right edge of a growing tree: enough to append and to know the root, in O(log n) memory.
class MerkleEdge {
 public:
  std::uint64_t size() const { return size_; }
  void append(const Hash& leaf);
  Hash root() const;
  // The complete subtrees from left (largest) to right.
  const std::vector<Hash>& subtrees() const { return subtrees_; }
  static MerkleEdge restore(std::uint64_t size, std::vector<Hash> subtrees);

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> subtrees_;
};

// RFC 6962 §2.1.1 and §2.1.2, over all leaf hashes in memory.
std::vector<Hash> inclusion_proof(std::span<const Hash> leaves, std::uint64_t index);
std::vector<Hash> consistency_proof(std::span<const Hash> leaves, std::uint64_t old_size);

// RFC 9162 §2.1.3.2 and §2.1.4.2.
bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Hash> proof, const Hash& root);
bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, std::span<const Hash> proof,
                        const Hash& old_root, const Hash& new_root);

}  // namespace cloister::crypto
