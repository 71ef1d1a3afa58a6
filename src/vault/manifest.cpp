// SPDX-License-Identifier: Apache-2.0
#include "cloister/vault/manifest.hpp"

#include "cloister/base/check.hpp"
#include "cloister/crypto/merkle.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/vault/errors.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cloister::vault {
namespace {

constexpr std::string_view magic = "CLVMANI1";
constexpr std::string_view signing_context = "cloister/manifest/1\n";
constexpr std::size_t header_bytes = 56;
constexpr std::size_t hash_bytes = sizeof(crypto::Hash);
constexpr std::size_t fixed_bytes = header_bytes + hash_bytes + sizeof(crypto::Signature);

std::unexpected<base::Error> damaged(std::string_view what) {
  return base::fail(errors::damaged, fmt::format("a manifest is damaged: {}", what));
}

base::Bytes header_of(const Manifest& manifest) {
  auto file_id = base::from_hex(manifest.file_id);
  auto dataset_id = base::from_hex(manifest.dataset_id);
  CLOISTER_CHECK(file_id && file_id->size() == 8 && dataset_id && dataset_id->size() == 8);
  base::Bytes header = base::to_bytes(magic);
  header.insert(header.end(), file_id->begin(), file_id->end());
  header.insert(header.end(), dataset_id->begin(), dataset_id->end());
  header.resize(header_bytes);
  base::store_big_endian(header.data() + 24, manifest.version);
  base::store_big_endian(header.data() + 32, manifest.file_bytes);
  base::store_big_endian(header.data() + 40, static_cast<std::uint32_t>(first_block_bytes));
  base::store_big_endian(header.data() + 44, static_cast<std::uint32_t>(block_bytes));
  base::store_big_endian(header.data() + 48, block_count(manifest.file_bytes));
  return header;
}

base::Bytes signed_message(const Manifest& manifest) {
  base::Bytes message = base::to_bytes(signing_context);
  base::Bytes header = header_of(manifest);
  message.insert(message.end(), header.begin(), header.end());
  message.insert(message.end(), manifest.root.begin(), manifest.root.end());
  return message;
}

}  // namespace

std::uint64_t block_count(std::uint64_t file_bytes) {
  if (file_bytes <= first_block_bytes) return file_bytes > 0 ? 1 : 0;
  return 1 + (file_bytes - first_block_bytes + block_bytes - 1) / block_bytes;
}

Block block_at(std::uint64_t index, std::uint64_t file_bytes) {
  if (index == 0) return {0, std::min(first_block_bytes, file_bytes)};
  std::uint64_t offset = first_block_bytes + (index - 1) * block_bytes;
  return {offset, std::min(block_bytes, file_bytes - offset)};
}

crypto::Hash manifest_root(const std::vector<crypto::Hash>& blocks) {
  std::vector<crypto::Hash> leaves;
  leaves.reserve(blocks.size());
  for (const crypto::Hash& block : blocks) leaves.push_back(crypto::merkle_leaf(block));
  return crypto::merkle_root(leaves);
}

base::Bytes sign_manifest(Manifest& manifest, const crypto::SigningKey& key) {
  CLOISTER_CHECK(manifest.blocks.size() == block_count(manifest.file_bytes));
  manifest.root = manifest_root(manifest.blocks);
  manifest.signature = key.sign(signed_message(manifest));
  base::Bytes bytes = header_of(manifest);
  bytes.reserve(fixed_bytes + manifest.blocks.size() * hash_bytes);
  for (const crypto::Hash& block : manifest.blocks)
    bytes.insert(bytes.end(), block.begin(), block.end());
  bytes.insert(bytes.end(), manifest.root.begin(), manifest.root.end());
  bytes.insert(bytes.end(), manifest.signature.begin(), manifest.signature.end());
  return bytes;
}

base::Result<Manifest> parse_manifest(base::ByteView bytes) {
  if (bytes.size() < fixed_bytes) return damaged("it is too short");
  if (base::as_text(bytes.first(magic.size())) != magic) return damaged("it does not begin as one");
  Manifest manifest;
  manifest.file_id = base::to_hex(bytes.subspan(8, 8));
  manifest.dataset_id = base::to_hex(bytes.subspan(16, 8));
  manifest.version = base::load_big_endian<std::uint64_t>(bytes.data() + 24);
  manifest.file_bytes = base::load_big_endian<std::uint64_t>(bytes.data() + 32);
  auto count = base::load_big_endian<std::uint64_t>(bytes.data() + 48);
  if (manifest.version == 0) return damaged("its version is 0");
  if (manifest.file_bytes == 0 || manifest.file_bytes > sealed_file_bytes_max)
    return damaged("the size of its file lies outside the limits");
  if (base::load_big_endian<std::uint32_t>(bytes.data() + 40) != first_block_bytes ||
      base::load_big_endian<std::uint32_t>(bytes.data() + 44) != block_bytes)
    return damaged("its block sizes are not ours");
  if (count != block_count(manifest.file_bytes)) return damaged("its number of blocks is wrong");
  if (bytes.size() != fixed_bytes + count * hash_bytes) return damaged("its size is wrong");
  manifest.blocks.resize(static_cast<std::size_t>(count));
  const std::byte* at = bytes.data() + header_bytes;
  std::memcpy(manifest.blocks.data(), at, manifest.blocks.size() * hash_bytes);
  at += manifest.blocks.size() * hash_bytes;
  std::memcpy(manifest.root.data(), at, hash_bytes);
  std::memcpy(manifest.signature.data(), at + hash_bytes, sizeof(crypto::Signature));
  if (manifest_root(manifest.blocks) != manifest.root)
    return damaged("its root does not fit its hashes");
  return manifest;
}

bool signature_fits(const Manifest& manifest, const crypto::VerifyKey& key) {
  return crypto::verify(key, signed_message(manifest), manifest.signature);
}

base::Outcome hash_blocks(const io::Descriptor& file, std::uint64_t file_bytes,
                          std::stop_token stop,
                          const std::function<bool(std::uint64_t, const crypto::Hash&)>& each) {
  base::Bytes buffer(block_bytes);
  for (std::uint64_t i = 0; i < block_count(file_bytes); ++i) {
    if (stop.stop_requested()) return base::fail(io::errors::cancelled, "cancelled");
    Block block = block_at(i, file_bytes);
    std::size_t filled = 0;
    while (filled < block.size) {
      ssize_t got = pread(file.number(), buffer.data() + filled, block.size - filled,
                          static_cast<off_t>(block.offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return base::fail_errno(io::errors::system, "cannot read a sealed file", errno);
      if (got == 0) break;  // shorter than its manifest says: the hash tells
      filled += static_cast<std::size_t>(got);
    }
    if (!each(i, crypto::sha256(base::ByteView(buffer).first(filled)))) return {};
  }
  return {};
}

}  // namespace cloister::vault
