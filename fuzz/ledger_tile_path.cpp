// SPDX-License-Identifier: Apache-2.0
// Names of hash tiles.
#include "cloister/ledger/tile.hpp"

#include <cstdlib>

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view path(reinterpret_cast<const char*>(data), size);
  auto tile = ledger::parse_tile_path(path);
  if (!tile) return 0;
  if (tile->level >= ledger::tile_levels || tile->width == 0 || tile->width > ledger::tile_width)
    std::abort();
  if (ledger::tile_path(*tile) != path) std::abort();
  return 0;
}
