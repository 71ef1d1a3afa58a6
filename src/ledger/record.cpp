// SPDX-License-Identifier: Apache-2.0
#include "cloister/ledger/record.hpp"

#include "cloister/base/check.hpp"
#include "cloister/io/disk.hpp"

#include <algorithm>

namespace cloister::ledger {
namespace {

constexpr std::string_view magic = "CLR";
constexpr std::size_t window_bytes = 1u << 20;
constexpr std::byte flag_first_of_batch{1};

}  // namespace

crypto::Hash first_link(std::string_view origin) {
  return crypto::sha256({base::as_bytes("cloister-ledger/1 log "), base::as_bytes(origin)});
}

crypto::Hash link_after(const crypto::Hash& previous_link, base::ByteView record) {
  return crypto::sha256({previous_link, record.first(record.size() - sizeof(crypto::Hash))});
}

crypto::Hash encode_record(const RecordContent& content, bool first_of_batch,
                           const crypto::Hash& previous_link, base::Bytes& out) {
  CLOISTER_CHECK(content.body.size() >= body_bytes_min && content.body.size() <= body_bytes_max);
  std::size_t start = out.size();
  std::array<std::byte, 4> length;
  base::store_big_endian(length.data(), static_cast<std::uint32_t>(content.body.size()));
  auto put = [&out](base::ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  put(base::as_bytes(magic));
  out.push_back(first_of_batch ? flag_first_of_batch : std::byte{0});
  put(length);
  put(content.leaf_input);
  put(content.body);
  put(length);
  crypto::Hash link = crypto::sha256({previous_link, base::ByteView(out).subspan(start)});
  put(link);
  return link;
}

const char* parse_record(base::ByteView bytes, RecordView& record) {
  if (bytes.size() < record_overhead_bytes) return "a record is cut off";
  if (base::as_text(bytes.first(magic.size())) != magic || bytes[3] > flag_first_of_batch)
    return "no record begins here";
  auto length = base::load_big_endian<std::uint32_t>(&bytes[4]);
  if (length < body_bytes_min || length > body_bytes_max)
    return "a record has an impossible length";
  std::size_t size = record_overhead_bytes + length;
  if (bytes.size() < size) return "a record is cut off";
  record.first_of_batch = bytes[3] == flag_first_of_batch;
  std::ranges::copy(bytes.subspan(8, sizeof(LeafInput)), record.leaf_input.begin());
  record.body = bytes.subspan(record_head_bytes, length);
  record.size = size;
  base::ByteView tail = bytes.subspan(record_head_bytes + length, record_tail_bytes);
  if (base::load_big_endian<std::uint32_t>(tail.data()) != length)
    return "a record states two lengths";
  std::ranges::copy(tail.subspan(4), record.link.begin());
  crypto::Hash body_hash = crypto::sha256(record.body);
  if (!std::ranges::equal(body_hash, std::span(record.leaf_input).last(body_hash.size())))
    return "a sealed body is not the one that was recorded";
  return nullptr;
}

base::Result<base::ByteView> LogScanner::window(std::size_t size) {
  std::uint64_t left = limit_ - offset_;
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
  bool inside = offset_ >= buffer_offset_ && offset_ + size <= buffer_offset_ + buffer_.size();
  if (!inside) {
    auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, left));
    CLOISTER_TRY(buffer_, io::read_at(file_, offset_, wanted));
    buffer_offset_ = offset_;
  }
  base::ByteView bytes = base::ByteView(buffer_).subspan(offset_ - buffer_offset_);
  return bytes.first(std::min(size, bytes.size()));
}

base::Result<Scan> LogScanner::next() {
  if (offset_ == limit_) return Scan::end;
  CLOISTER_TRY(base::ByteView bytes, window(record_overhead_bytes + body_bytes_max));
  problem_ = parse_record(bytes, record_);
  if (problem_ != nullptr) return Scan::bad;
  crypto::Hash link = link_after(link_, bytes.first(record_.size));
  if (link != record_.link) {
    problem_ = "a record does not continue the one before it";
    return Scan::bad;
  }
  link_ = link;
  offset_ += record_.size;
  return Scan::record;
}

base::Result<bool> later_batch_exists(const io::Descriptor& file, std::uint64_t from,
                                      std::uint64_t limit) {
  constexpr std::array<char, 4> start{'C', 'L', 'R', 1};
  constexpr std::size_t record_max = record_overhead_bytes + body_bytes_max;
  for (std::uint64_t at = from + 1; at < limit;) {
    auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes + record_max, limit - at));
    CLOISTER_TRY(base::Bytes bytes, io::read_at(file, at, wanted));
    if (bytes.empty()) return false;
    std::string_view text = base::as_text(bytes);
    std::size_t own = std::min(bytes.size(), window_bytes);
    std::size_t found = text.find(std::string_view(start.data(), start.size()));
    for (; found < own;
         found = text.find(std::string_view(start.data(), start.size()), found + 1)) {
      RecordView record;
      if (parse_record(base::ByteView(bytes).subspan(found), record) == nullptr) return true;
    }
    at += own;
  }
  return false;
}

}  // namespace cloister::ledger
