// SPDX-License-Identifier: Apache-2.0
#include "log_index.hpp"

#include "cloister/base/check.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/ledger/errors.hpp"
#include "cloister/ledger/record.hpp"

#include <algorithm>

namespace cloister::ledger {
namespace {

constexpr std::uint64_t window_bytes = 256u << 10;
constexpr std::uint64_t place_every = 256;

// A moving window over a part of the file, for many small reads near each other.
class Window {
 public:
  Window(const io::Descriptor& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), begin_(begin), end_(end) {}

  // The 32-bit number at `at`; the window is read so that it ends (backwards) or begins there.
  base::Result<std::uint32_t> number(std::uint64_t at, bool backwards) {
    if (at < begin_ || end_ < 4 || at > end_ - 4) return lost();
    if (at < start_ || at + 4 > start_ + bytes_.size()) {
      start_ = backwards ? std::max(begin_, at + 4 - std::min(at + 4, window_bytes)) : at;
      auto size = static_cast<std::size_t>(std::min(window_bytes, end_ - start_));
      CLOISTER_TRY(bytes_, io::read_at(file_, start_, size));
      if (at + 4 > start_ + bytes_.size()) return lost();
    }
    return base::load_big_endian<std::uint32_t>(&bytes_[at - start_]);
  }
  static std::unexpected<base::Error> lost() {
    return base::fail(errors::damaged, "ledger/log: the lengths of its records lead nowhere");
  }

 private:
  const io::Descriptor& file_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t start_ = 0;
  base::Bytes bytes_;
};

}  // namespace

base::Result<std::uint64_t> LogIndex::offset_of(const io::Descriptor& file,
                                                std::uint64_t sequence) {
  auto above = places_.lower_bound(sequence);
  CLOISTER_CHECK(above != places_.end());
  if (above->first == sequence) return above->second;
  auto below = std::prev(above);
  bool backwards = above->first - sequence < sequence - below->first;
  Window window(file, below->second, above->second);
  std::uint64_t at = backwards ? above->first : below->first;
  std::uint64_t offset = backwards ? above->second : below->second;
  while (at != sequence) {
    std::uint64_t length_at =
        backwards ? offset - std::min<std::uint64_t>(offset, record_tail_bytes) : offset + 4;
    CLOISTER_TRY(std::uint32_t length, window.number(length_at, backwards));
    std::uint64_t size = record_overhead_bytes + length;
    if (length > body_bytes_max || (backwards && size > offset)) return Window::lost();
    offset = backwards ? offset - size : offset + size;
    at = backwards ? at - 1 : at + 1;
    if (at % place_every == 0) places_[at] = offset;
  }
  return offset;
}

}  // namespace cloister::ledger
