// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/tile.hpp"

#include "text.hpp"

#include <fmt/format.h>

namespace cloister::ledger {
namespace {

// The index as path elements of three digits, all but the last with an x before them.
std::string index_path(std::uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  while ((index /= 1000) > 0) path = fmt::format("x{:03}/{}", index % 1000, path);
  return path;
}

std::optional<std::uint64_t> parse_index(std::string_view path) {
  constexpr std::size_t path_chars_max = std::size_t{7} * 5;  // 2^64 has seven groups
  if (path.size() > path_chars_max) return std::nullopt;
  std::uint64_t index = 0;
  while (!path.empty()) {
    std::size_t slash = path.find('/');
    std::string_view element = path.substr(0, slash);
    bool last = slash == std::string_view::npos;
    if (!last && !element.starts_with('x')) return std::nullopt;
    if (!last) element.remove_prefix(1);
    if (element.size() != 3) return std::nullopt;
    for (char digit : element) {
      if (digit < '0' || digit > '9') return std::nullopt;
      if (__builtin_mul_overflow(index, 10u, &index) ||
          __builtin_add_overflow(index, static_cast<unsigned>(digit - '0'), &index))
        return std::nullopt;
    }
    path = last ? std::string_view{} : path.substr(slash + 1);
    if (!last && path.empty()) return std::nullopt;
  }
  return index;
}

}  // namespace

std::string tile_path(const TileId& tile) {
  std::string path = fmt::format("tile/{}/{}", tile.level, index_path(tile.index));
  if (tile.width < tile_width) path += fmt::format(".p/{}", tile.width);
  return path;
}

std::optional<TileId> parse_tile_path(std::string_view path) {
  std::string_view rest = path;
  if (!rest.starts_with("tile/")) return std::nullopt;
  rest.remove_prefix(5);
  std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  TileId tile;
  auto level = parse_decimal(rest.substr(0, slash));
  if (!level || *level >= tile_levels) return std::nullopt;
  tile.level = static_cast<unsigned>(*level);
  rest.remove_prefix(slash + 1);
  if (std::size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    auto width = parse_decimal(rest.substr(partial + 3));
    if (!width || *width == 0 || *width >= tile_width) return std::nullopt;
    tile.width = static_cast<unsigned>(*width);
    rest = rest.substr(0, partial);
  }
  auto index = parse_index(rest);
  if (!index) return std::nullopt;
  tile.index = *index;
  if (tile_path(tile) != path) return std::nullopt;
  return tile;
}

std::uint64_t hashes_on_level(std::uint64_t size, unsigned level) {
  return level >= tile_levels ? 0 : size >> (tile_height * level);
}

bool tile_belongs(const TileId& tile, std::uint64_t size) {
  std::uint64_t hashes = hashes_on_level(size, tile.level);
  if (tile.width == tile_width) return tile.index < hashes / tile_width;
  return tile.index == hashes / tile_width && tile.width == hashes % tile_width;
}

std::uint64_t tile_count(std::uint64_t size) {
  std::uint64_t count = 0;
  for (unsigned level = 0; level < tile_levels; ++level)
    count += (hashes_on_level(size, level) + tile_width - 1) / tile_width;
  return count;
}

std::vector<TileId> partial_tiles(std::uint64_t size) {
  std::vector<TileId> tiles;
  for (unsigned level = 0; level < tile_levels; ++level) {
    std::uint64_t hashes = hashes_on_level(size, level);
    if (hashes % tile_width != 0)
      tiles.push_back({level, hashes / tile_width, static_cast<unsigned>(hashes % tile_width)});
  }
  return tiles;
}

}  // namespace cloister::ledger
