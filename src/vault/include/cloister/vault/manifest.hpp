// SPDX-License-Identifier: Apache-2.0
// The signed hash tree over one sealed dataset file (docs/formats/vault.md, "manifest"). DuckDB's
// encrypted blocks carry no position: swapped or older blocks are noticed only here.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/crypto/signature.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace cloister::vault {

// DuckDB's three header pages are one block of their own; everything after them comes in blocks of
// DuckDB's own size.
inline constexpr std::uint64_t first_block_bytes = 12'288;
inline constexpr std::uint64_t block_bytes = 262'144;
inline constexpr std::uint64_t sealed_file_bytes_max = std::uint64_t{1} << 40;  // 1 TiB

struct Block {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
std::uint64_t block_count(std::uint64_t file_bytes);
Block block_at(std::uint64_t index, std::uint64_t file_bytes);  // index < block_count

struct Manifest {
  std::string file_id;     // 16 hexadecimal digits, as the folder is named
  std::string dataset_id;  // 16 hexadecimal digits: the same for all versions, kept by a rename
  std::uint64_t version = 0;
  std::uint64_t file_bytes = 0;
  std::vector<crypto::Hash> blocks;  // SHA-256 of each block
  crypto::Hash root{};               // RFC 6962 tree whose entries are these hashes
  crypto::Signature signature{};
};

crypto::Hash manifest_root(const std::vector<crypto::Hash>& blocks);

// Fills root and signature and returns the bytes of the file.
base::Bytes sign_manifest(Manifest& manifest, const crypto::SigningKey& key);
// Checks every rule of the format but the signature: vault.damaged. Total on any input; memory is
// bounded by the input's size.
base::Result<Manifest> parse_manifest(base::ByteView bytes);
bool signature_fits(const Manifest& manifest, const crypto::VerifyKey& key);

// Reads the whole file, block by block, and calls `each` with the block's index and hash. Stops
// early, without an error, when `each` returns false. io.cancelled when `stop` was requested.
base::Outcome hash_blocks(const io::Descriptor& file, std::uint64_t file_bytes,
                          std::stop_token stop,
                          const std::function<bool(std::uint64_t, const crypto::Hash&)>& each);

}  // namespace cloister::vault
