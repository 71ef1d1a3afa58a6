// SPDX-License-Identifier: Apache-2.0
#include "tree.hpp"

#include "cloister/base/check.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/ledger/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <ranges>
#include <set>

namespace cloister::ledger {
namespace {

base::Bytes to_file(const Hashes& hashes) {
  base::Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(crypto::Hash));
  for (const crypto::Hash& hash : hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return bytes;
}

std::unexpected<base::Error> damaged(std::string message) {
  return base::fail(errors::damaged, std::move(message));
}

}  // namespace

base::Result<Hashes> read_tile(io::Disk& disk, const io::Path& folder, const TileId& tile) {
  std::string name = tile_path(tile);
  std::size_t size = tile.width * sizeof(crypto::Hash);
  auto bytes = io::read_file(disk, folder / name, size);
  if (!bytes && bytes.error().is(io::errors::not_found))
    return damaged(fmt::format("ledger/{} is missing", name));
  if (!bytes && !bytes.error().is(io::errors::too_large)) return std::unexpected(bytes.error());
  if (!bytes || bytes->size() != size)
    return damaged(fmt::format("ledger/{} has another length than a tile of its width", name));
  Hashes hashes(tile.width);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(i * sizeof(crypto::Hash)),
                sizeof(crypto::Hash), hashes[i].begin());
  return hashes;
}

crypto::MerkleEdge Edge::merkle() const {
  std::vector<crypto::Hash> subtrees;
  for (unsigned level = tile_levels; level-- > 0;) {
    std::span<const crypto::Hash> left = partial_[level];
    while (!left.empty()) {
      std::size_t width = std::bit_floor(left.size());
      subtrees.push_back(crypto::merkle_root(left.first(width)));
      left = left.subspan(width);
    }
  }
  return crypto::MerkleEdge::restore(size_, std::move(subtrees));
}

void Edge::append(std::span<const crypto::Hash> leaves,
                  const std::function<void(const TileId&, const Hashes&)>& full) {
  for (const crypto::Hash& leaf : leaves) {
    ++size_;
    crypto::Hash hash = leaf;
    for (unsigned level = 0; level < tile_levels; ++level) {
      Hashes& partial = partial_[level];
      partial.push_back(hash);
      if (partial.size() < tile_width) break;
      full({level, hashes_on_level(size_, level) / tile_width - 1, tile_width}, partial);
      hash = crypto::merkle_root(partial);
      partial.clear();
    }
  }
}

Edge Edge::restore(std::uint64_t size, std::array<Hashes, tile_levels> partial) {
  Edge edge;
  edge.size_ = size;
  edge.partial_ = std::move(partial);
  return edge;
}

base::Result<Tree> Tree::load(io::Disk& disk, const io::Path& folder, std::uint64_t size) {
  std::array<Hashes, tile_levels> partial;
  for (const TileId& tile : partial_tiles(size)) {
    CLOISTER_TRY(partial[tile.level], read_tile(disk, folder, tile));
  }
  return Tree(disk, folder, Edge::restore(size, std::move(partial)));
}

base::Result<const Hashes*> Tree::tile(unsigned level, std::uint64_t index) {
  CLOISTER_CHECK(level < tile_levels);
  std::uint64_t full = hashes_on_level(size(), level) / tile_width;
  if (index == full) return &edge_.partial(level);
  CLOISTER_CHECK(index < full);
  CachedTile& cached = cache_[level];
  if (!cached.hashes.empty() && cached.index == index) return &cached.hashes;
  CLOISTER_TRY(Hashes hashes, read_tile(*disk_, folder_, {level, index, tile_width}));
  CLOISTER_TRY(const Hashes* above, tile(level + 1, index / tile_width));
  // SECURITY: a tile is used only when the tile above it vouches for it (test:
  // OpeningTampered.ReadingNoticesAChangedTile).
  if ((*above)[index % tile_width] != crypto::merkle_root(hashes))
    return damaged(fmt::format("ledger/{} was changed", tile_path({level, index, tile_width})));
  cached = {index, std::move(hashes)};
  return &cached.hashes;
}

base::Result<crypto::Hash> Tree::leaf(std::uint64_t index) {
  CLOISTER_TRY(const Hashes* hashes, tile(0, index / tile_width));
  return (*hashes)[index % tile_width];
}

// The root of the complete subtree number `index` of 2^height entries.
base::Result<crypto::Hash> Tree::node(unsigned height, std::uint64_t index) {
  unsigned level = height / tile_height;
  unsigned above = height % tile_height;
  std::uint64_t first = index << above;
  CLOISTER_TRY(const Hashes* hashes, tile(level, first / tile_width));
  return crypto::merkle_root(
      std::span(*hashes).subspan(first % tile_width, std::size_t{1} << above));
}

base::Result<crypto::MerkleEdge> Tree::merkle_at(std::uint64_t size) {
  CLOISTER_CHECK(size <= this->size());
  std::vector<crypto::Hash> subtrees;
  for (unsigned height = 64; height-- > 0;) {
    if ((size >> height & 1) == 0) continue;
    CLOISTER_TRY(crypto::Hash hash, node(height, (size >> height) - 1));
    subtrees.push_back(hash);
  }
  return crypto::MerkleEdge::restore(size, std::move(subtrees));
}

// Merkle tree hash of the entries [begin, end), where begin is a multiple of a power of two that is
// not smaller than the range.
base::Result<crypto::Hash> Tree::range_root(std::uint64_t begin, std::uint64_t end) {
  std::uint64_t width = end - begin;
  if (std::has_single_bit(width)) {
    auto height = static_cast<unsigned>(std::countr_zero(width));
    return node(height, begin >> height);
  }
  std::uint64_t left = std::bit_floor(width);
  CLOISTER_TRY(crypto::Hash left_hash, range_root(begin, begin + left));
  CLOISTER_TRY(crypto::Hash right_hash, range_root(begin + left, end));
  return crypto::merkle_node(left_hash, right_hash);
}

base::Result<Hashes> Tree::inclusion_proof(std::uint64_t index) {
  CLOISTER_CHECK(index < size());
  Hashes proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size();
  while (end - begin > 1) {
    std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    bool in_left = index < middle;
    CLOISTER_TRY(crypto::Hash sibling,
                 in_left ? range_root(middle, end) : range_root(begin, middle));
    proof.push_back(sibling);
    (in_left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

base::Outcome Tree::write_tile(const TileId& tile, const Hashes& hashes,
                               std::vector<io::Path>& folders) {
  io::Path path = folder_ / tile_path(tile);
  std::vector<io::Path> missing;
  for (io::Path at = path.parent_path(); !io::exists(at); at = at.parent_path())
    missing.push_back(at);
  for (const io::Path& at : std::views::reverse(missing)) {
    CLOISTER_TRY_DO(disk_->make_folder(at, 0700));
    folders.push_back(at.parent_path());
  }
  CLOISTER_TRY_DO(disk_->remove(path));  // of an interrupted earlier attempt
  CLOISTER_TRY(io::Descriptor file, disk_->create(path, 0600));
  CLOISTER_TRY_DO(disk_->write_at(file, 0, to_file(hashes)));
  CLOISTER_TRY_DO(disk_->sync(file));
  folders.push_back(path.parent_path());
  return {};
}

base::Result<Edge> Tree::write_extension(std::span<const crypto::Hash> leaves) {
  Edge extended = edge_;
  base::Outcome written;
  std::vector<io::Path> folders;
  extended.append(leaves, [&](const TileId& tile, const Hashes& hashes) {
    if (written) written = write_tile(tile, hashes, folders);
  });
  CLOISTER_TRY_DO(std::move(written));
  for (const TileId& tile : partial_tiles(extended.size())) {
    if (tile_belongs(tile, size())) continue;  // that partial tile did not change
    CLOISTER_TRY_DO(write_tile(tile, extended.partial(tile.level), folders));
  }
  std::ranges::sort(folders);
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  for (const io::Path& at : folders) CLOISTER_TRY_DO(disk_->sync_folder(at));
  return extended;
}

base::Outcome Tree::adopt(Edge edge) {
  for (const TileId& tile : partial_tiles(size()))
    if (!tile_belongs(tile, edge.size())) superseded_.push_back(tile);
  edge_ = std::move(edge);
  while (!superseded_.empty()) {
    TileId tile = superseded_.back();
    io::Path path = folder_ / tile_path(tile);
    CLOISTER_TRY_DO(disk_->remove(path));
    std::uint64_t hashes = hashes_on_level(size(), tile.level);
    bool still_partial = hashes / tile_width == tile.index && hashes % tile_width != 0;
    if (!still_partial) CLOISTER_TRY_DO(disk_->remove_folder(path.parent_path()));
    superseded_.pop_back();
  }
  return {};
}

base::Outcome Tree::remove_strays() {
  CLOISTER_TRY(std::vector<std::string> names, list_tree(folder_));
  std::set<std::string, std::less<>> needed;  // folders on the way to a tile of the tree
  std::vector<std::string> strays;
  for (const std::string& name : names) {
    auto tile = parse_tile_path(name);
    if (!tile) continue;
    if (!tile_belongs(*tile, size())) {
      CLOISTER_TRY_DO(disk_->remove(folder_ / name));
      continue;
    }
    for (std::size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1))
      needed.insert(name.substr(0, slash + 1));
  }
  for (const std::string& name : std::views::reverse(names))
    if (name.starts_with("tile/") && name.ends_with('/') && !needed.contains(name))
      strays.push_back(name);
  for (const std::string& name : strays) {
    // Only what is empty now: files that are no tiles are for verify to report.
    CLOISTER_TRY(auto left, io::list_folder(folder_ / name));
    if (left.empty()) CLOISTER_TRY_DO(disk_->remove_folder(folder_ / name));
  }
  return {};
}

base::Result<std::vector<std::string>> list_tree(const io::Path& folder) {
  constexpr int depth_max = 16;
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(folder, error);
  for (std::filesystem::recursive_directory_iterator end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().lexically_relative(folder).native();
    auto type = it->symlink_status().type();
    if (type == std::filesystem::file_type::directory) {
      name += '/';
      if (it.depth() >= depth_max) it.disable_recursion_pending();
    } else if (type != std::filesystem::file_type::regular) {
      return damaged(fmt::format("ledger/{} is not a plain file", name));
    }
    names.push_back(std::move(name));
  }
  if (error)
    return base::fail(io::errors::system,
                      fmt::format("cannot list {}: {}", folder.native(), error.message()));
  std::ranges::sort(names);
  return names;
}

}  // namespace cloister::ledger
