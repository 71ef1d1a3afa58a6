// SPDX-License-Identifier: Apache-2.0
// The checkpointed tree: its tiles on disk, its right edge in memory.
#pragma once

#include "cloister/crypto/merkle.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/ledger/tile.hpp"

#include <array>
#include <functional>
#include <span>
#include <vector>

namespace cloister::ledger {

using Hashes = std::vector<crypto::Hash>;

// The hashes of each level that fill no whole tile yet: what the partial tiles hold. Enough to
// extend the tree and to check every full tile below it.
class Edge {
 public:
  std::uint64_t size() const { return size_; }
  const Hashes& partial(unsigned level) const { return partial_[level]; }
  crypto::MerkleEdge merkle() const;

  // Appends leaves; `full` is called with each tile that they complete.
  void append(std::span<const crypto::Hash> leaves,
              const std::function<void(const TileId&, const Hashes&)>& full);
  static Edge restore(std::uint64_t size, std::array<Hashes, tile_levels> partial);

 private:
  std::uint64_t size_ = 0;
  std::array<Hashes, tile_levels> partial_;
};

// Reads full tiles through a small cache, each checked against the tile above it, the topmost
// against the edge. Not thread-safe.
class Tree {
 public:
  // Reads the partial tiles of a tree of `size` entries; the caller compares root() with what was
  // signed. ledger.damaged when one is missing or has another length.
  static base::Result<Tree> load(io::Disk& disk, const io::Path& folder, std::uint64_t size);

  std::uint64_t size() const { return edge_.size(); }
  const Edge& edge() const { return edge_; }
  crypto::Hash root() const { return edge_.merkle().root(); }

  // The leaf hash of one entry.
  base::Result<crypto::Hash> leaf(std::uint64_t index);
  // The tree that the first `size` entries were.
  base::Result<crypto::MerkleEdge> merkle_at(std::uint64_t size);
  base::Result<Hashes> inclusion_proof(std::uint64_t index);

  // Writes the tiles of a tree that goes on with `leaves`, durably; nothing refers to them yet.
  base::Result<Edge> write_extension(std::span<const crypto::Hash> leaves);
  // Goes over to the extension once its checkpoint is durable, and removes the partial tiles that
  // it replaces; what could not be removed is tried again the next time.
  base::Outcome adopt(Edge edge);
  // Removes tiles that the tree does not have: left by a crash between tiles and checkpoint, or
  // between checkpoint and adopt.
  base::Outcome remove_strays();

 private:
  Tree(io::Disk& disk, io::Path folder, Edge edge)
      : disk_(&disk), folder_(std::move(folder)), edge_(std::move(edge)) {}

  base::Result<const Hashes*> tile(unsigned level, std::uint64_t index);
  base::Result<crypto::Hash> node(unsigned height, std::uint64_t index);
  base::Result<crypto::Hash> range_root(std::uint64_t begin, std::uint64_t end);
  base::Outcome write_tile(const TileId& tile, const Hashes& hashes,
                           std::vector<io::Path>& folders);

  io::Disk* disk_;
  io::Path folder_;
  Edge edge_;
  std::vector<TileId> superseded_;  // not removed yet
  struct CachedTile {
    std::uint64_t index = 0;
    Hashes hashes;  // empty: none
  };
  std::array<CachedTile, tile_levels> cache_;
};

// Reads one tile file. ledger.damaged when it is missing or not exactly `tile.width` hashes long.
base::Result<Hashes> read_tile(io::Disk& disk, const io::Path& folder, const TileId& tile);

// Every file below `folder`, as paths relative to it, sorted; folders end in a slash. Refuses more
// than `depth_max` levels and what is neither file nor folder (ledger.damaged).
base::Result<std::vector<std::string>> list_tree(const io::Path& folder);

}  // namespace cloister::ledger
