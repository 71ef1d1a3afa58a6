// SPDX-License-Identifier: Apache-2.0
#include "cloister/contents/notary.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/crypto/derive.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/io/errors.hpp"

#include <algorithm>

namespace cloister::contents {
namespace {

using wire::NotebookNode;

template <typename Node, typename Visit>
void for_each_code_cell(Node& notebook, Visit&& visit) {
  auto* cells = notebook.find("cells");
  if (cells == nullptr || cells->array() == nullptr) return;
  for (auto& cell : *cells->array())
    if (cell.text_or("cell_type", "") == "code") visit(cell);
}

bool harmless(const NotebookNode& output) {
  std::string_view type = output.text_or("output_type", "");
  if (type != "execute_result" && type != "display_data") return true;
  return output.find("data") == nullptr;
}

bool trusted_cell(const NotebookNode& cell) {
  const NotebookNode* metadata = cell.find("metadata");
  const NotebookNode* mark = metadata == nullptr ? nullptr : metadata->find("trusted");
  if (mark != nullptr && mark->flag() != nullptr && *mark->flag()) return true;
  const NotebookNode* outputs = cell.find("outputs");
  return outputs == nullptr || outputs->array() == nullptr ||
         std::ranges::all_of(*outputs->array(), harmless);
}

}  // namespace

base::Result<std::unique_ptr<Notary>> Notary::open(io::Disk& disk, io::Path store,
                                                   base::SecretBytes key) {
  std::unique_ptr<Notary> notary(new Notary(disk, std::move(store), std::move(key)));
  CLOISTER_TRY_DO(notary->load());
  return notary;
}

Notary::Digest Notary::digest_of(base::ByteView file) const {
  crypto::Hash hash = crypto::sha256(file);
  base::SecretBytes mac =
      crypto::hkdf_sha256(key_.view(), hash, base::as_bytes("cloister notebook trust"), 32);
  Digest digest;
  std::ranges::copy(mac.view(), digest.begin());
  return digest;
}

base::Outcome Notary::load() {
  auto bytes = io::read_file(disk_, store_, 64ull * base::limits::trusted_notebooks_max);
  if (!bytes && bytes.error().is(io::errors::not_found)) return {};
  if (!bytes) return std::unexpected(bytes.error());
  for (std::size_t at = 0; at + 32 <= bytes->size(); at += 32) {
    Digest digest;
    std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(at), 32, digest.begin());
    if (known_.insert(digest).second) order_.push_back(digest);
  }
  return {};
}

bool Notary::trusts(base::ByteView file) const {
  Digest digest = digest_of(file);
  std::lock_guard lock(mutex_);
  return known_.contains(digest);
}

base::Outcome Notary::forget_oldest() {
  std::size_t keep = base::limits::trusted_notebooks_max / 4 * 3;
  std::deque<Digest> rest(order_.end() - static_cast<std::ptrdiff_t>(keep), order_.end());
  base::Bytes bytes;
  for (const Digest& digest : rest) bytes.insert(bytes.end(), digest.begin(), digest.end());
  CLOISTER_TRY_DO(io::replace_file(disk_, store_, bytes));
  order_ = std::move(rest);
  known_ = {order_.begin(), order_.end()};
  return {};
}

base::Outcome Notary::sign(base::ByteView file) {
  Digest digest = digest_of(file);
  std::lock_guard lock(mutex_);
  if (known_.contains(digest)) return {};
  if (order_.size() >= base::limits::trusted_notebooks_max) CLOISTER_TRY_DO(forget_oldest());
  CLOISTER_TRY(io::Descriptor store, disk_.open_write(store_, 0600));
  // Over whatever a torn append left behind the last whole record.
  CLOISTER_TRY(std::uint64_t size, io::size_of(store));
  CLOISTER_TRY_DO(disk_.write_at(store, size - size % 32, digest));
  CLOISTER_TRY_DO(disk_.sync(store));
  known_.insert(digest);
  order_.push_back(digest);
  return {};
}

void mark_trusted_cells(NotebookNode& notebook, bool trusted) {
  for_each_code_cell(notebook, [&](NotebookNode& cell) {
    NotebookNode* metadata = cell.find("metadata");
    if (metadata != nullptr && metadata->object() != nullptr)
      metadata->object()->insert_or_assign("trusted", trusted);
  });
}

bool all_cells_trusted(const NotebookNode& notebook) {
  bool all = true;
  for_each_code_cell(notebook, [&](const NotebookNode& cell) { all = all && trusted_cell(cell); });
  return all;
}

}  // namespace cloister::contents
