// SPDX-License-Identifier: Apache-2.0
// A manifest lies beside its sealed file: anybody who can write to the home chooses its bytes.
#include "cloister/vault/manifest.hpp"

#include <cstdlib>

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto manifest = vault::parse_manifest({reinterpret_cast<const std::byte*>(data), size});
  if (!manifest) {
    if (manifest.error().kind != base::Kind::integrity) std::abort();
    return 0;
  }
  // What is accepted covers its file, block by block, and carries nothing else.
  if (manifest->blocks.size() != vault::block_count(manifest->file_bytes)) std::abort();
  if (size != 152 + 32 * manifest->blocks.size()) std::abort();
  vault::Block last = vault::block_at(manifest->blocks.size() - 1, manifest->file_bytes);
  if (last.offset + last.size != manifest->file_bytes) std::abort();
  if (vault::manifest_root(manifest->blocks) != manifest->root) std::abort();
  return 0;
}
