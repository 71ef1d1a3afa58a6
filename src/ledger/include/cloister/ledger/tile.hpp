// SPDX-License-Identifier: Apache-2.0
// Hash tiles (C2SP tlog-tiles): 256 hashes of one level of the tree in one file.
#pragma once

#include "cloister/crypto/hash.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::ledger {

inline constexpr unsigned tile_width = 256;
inline constexpr unsigned tile_height = 8;  // levels of the tree in one tile
inline constexpr unsigned tile_levels = 8;  // enough for 2^64 entries

struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = tile_width;  // below 256: a partial tile
  bool operator==(const TileId&) const = default;
};

// "tile/0/x001/234" or, partial, "tile/0/x001/234.p/5".
std::string tile_path(const TileId& tile);
// Only what tile_path writes.
std::optional<TileId> parse_tile_path(std::string_view path);

// Hashes on one level of a tree of `size` entries: complete subtrees of 256^level entries.
std::uint64_t hashes_on_level(std::uint64_t size, unsigned level);
// Whether a tree of `size` entries has just this tile.
bool tile_belongs(const TileId& tile, std::uint64_t size);
// How many tiles a tree of `size` entries has.
std::uint64_t tile_count(std::uint64_t size);
// The partial tiles of a tree of `size` entries, lowest level first.
std::vector<TileId> partial_tiles(std::uint64_t size);

}  // namespace cloister::ledger
