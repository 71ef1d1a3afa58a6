// SPDX-License-Identifier: Apache-2.0
// Which notebooks this person trusts: keyed digests of their exact bytes.
#pragma once

#include "cloister/base/secret.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/wire/notebook_node.hpp"

#include <array>
#include <deque>
#include <mutex>
#include <set>

namespace cloister::contents {

// A digest is HKDF-HMAC-SHA256 under a key that no cell has, so whoever can write the store cannot
// add a notebook to it that was not signed here. Bytes, not values: another program's rewriting
// ends the trust, which is the safe side. Thread-safe. SECURITY: a forged store trusts nothing
// (test: Notary.AStoreOfAnotherKeyTrustsNothing).
class Notary {
 public:
  // `store` is a file of 32-byte records, made when first needed; a torn end is cut off.
  static base::Result<std::unique_ptr<Notary>> open(io::Disk& disk, io::Path store,
                                                    base::SecretBytes key);
  bool trusts(base::ByteView file) const;
  base::Outcome sign(base::ByteView file);

 private:
  using Digest = std::array<std::byte, 32>;
  Notary(io::Disk& disk, io::Path store, base::SecretBytes key)
      : disk_(disk), store_(std::move(store)), key_(std::move(key)) {}
  Digest digest_of(base::ByteView file) const;
  base::Outcome load();
  base::Outcome forget_oldest();

  io::Disk& disk_;
  io::Path store_;
  base::SecretBytes key_;
  mutable std::mutex mutex_;
  std::deque<Digest> order_;
  std::set<Digest> known_;
};

// metadata.trusted of each code cell, for the page.
void mark_trusted_cells(wire::NotebookNode& notebook, bool trusted);
// Whether each code cell is marked as trusted, or shows nothing but streams and errors.
bool all_cells_trusted(const wire::NotebookNode& notebook);

}  // namespace cloister::contents
