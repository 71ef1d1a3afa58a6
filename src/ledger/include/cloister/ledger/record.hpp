// SPDX-License-Identifier: Apache-2.0
// The records of ledger/log (docs/formats/ledger.md §2): one after the other, chained by hashes.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/limits.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/crypto/sealed_box.hpp"
#include "cloister/io/descriptor.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloister::ledger {

// What the tree's leaf is made from: SHA-256(salt ‖ canonical entry) ‖ SHA-256(sealed body).
using LeafInput = std::array<std::byte, 64>;

inline constexpr std::size_t salt_bytes = 32;
inline constexpr std::size_t body_bytes_min = crypto::sealed_box_overhead_bytes + salt_bytes + 2;
inline constexpr std::size_t body_bytes_max =
    crypto::sealed_box_overhead_bytes + salt_bytes + base::limits::ledger_entry_bytes_max;
// "CLR" and flags, length of the body; then the leaf input.
inline constexpr std::size_t record_head_bytes = 8 + sizeof(LeafInput);
// The length again, for reading backwards; then the link.
inline constexpr std::size_t record_tail_bytes = 4 + sizeof(crypto::Hash);
inline constexpr std::size_t record_overhead_bytes = record_head_bytes + record_tail_bytes;

struct RecordContent {
  LeafInput leaf_input{};
  base::Bytes body;
};

// The link before the first record: SHA-256("cloister-ledger/1 log " ‖ origin).
crypto::Hash first_link(std::string_view origin);
// Appends the record's bytes to `out` and returns its link, which the next record continues.
// `first_of_batch` marks where one durable write began: see LogScanner.
crypto::Hash encode_record(const RecordContent& content, bool first_of_batch,
                           const crypto::Hash& previous_link, base::Bytes& out);

// A record in a buffer.
struct RecordView {
  bool first_of_batch = false;
  LeafInput leaf_input{};
  base::ByteView body;
  crypto::Hash link{};
  std::size_t size = 0;  // of the whole record
};

// The record at the front of `bytes`. nullptr when it is whole and in itself consistent, else what
// is wrong in plain words. Does not know the link before it.
const char* parse_record(base::ByteView bytes, RecordView& record);
// The link that this record must carry.
crypto::Hash link_after(const crypto::Hash& previous_link, base::ByteView record);

enum class Scan {
  record,  // record() is the next one
  end,     // exactly at the limit
  bad,     // no whole record that continues the chain: problem() says why
};

// Reads records one after the other through a buffer. Not thread-safe.
class LogScanner {
 public:
  // From `offset`, where the chain stands at `link`, to `limit`.
  LogScanner(const io::Descriptor& file, std::uint64_t offset, std::uint64_t limit,
             const crypto::Hash& link)
      : file_(file), offset_(offset), limit_(limit), link_(link) {}

  base::Result<Scan> next();
  const RecordView& record() const { return record_; }  // valid until next()
  std::uint64_t offset() const { return offset_; }  // behind the last record (of the bad one: at)
  const crypto::Hash& link() const { return link_; }
  const char* problem() const { return problem_; }

 private:
  base::Result<base::ByteView> window(std::size_t size);

  const io::Descriptor& file_;
  std::uint64_t offset_;
  std::uint64_t limit_;
  crypto::Hash link_;
  base::Bytes buffer_;
  std::uint64_t buffer_offset_ = 0;
  RecordView record_;
  const char* problem_ = "";
};

// Whether a whole record that began a later durable write lies in (from, limit). Then what is bad
// at `from` had been acknowledged: damage, not the torn end of the last write.
base::Result<bool> later_batch_exists(const io::Descriptor& file, std::uint64_t from,
                                      std::uint64_t limit);

}  // namespace cloister::ledger
