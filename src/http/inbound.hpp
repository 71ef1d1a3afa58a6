// SPDX-License-Identifier: Apache-2.0
// What has arrived on a connection and was not used yet.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/io/byte_stream.hpp"

#include <algorithm>

namespace cloister::http {

class Inbound {
 public:
  explicit Inbound(io::ByteStream& stream) : stream_(stream) {}

  base::ByteView view() const { return base::ByteView(bytes_).subspan(begin_, end_ - begin_); }
  std::span<std::byte> writable() { return std::span(bytes_).subspan(begin_, end_ - begin_); }
  void consume(std::size_t count) { begin_ += count; }

  // Reads more behind what is there: how many bytes, 0 at the end of the stream.
  io::Task<base::Result<std::size_t>> fill(io::Deadline deadline) {
    make_room();
    base::Result<std::size_t> got =
        co_await stream_.read_some(std::span(bytes_).subspan(end_), deadline);
    if (got) end_ += *got;
    co_return got;
  }

 private:
  static constexpr std::size_t room_min = 4u << 10;
  static constexpr std::size_t first_size = 16u << 10;

  void make_room() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (bytes_.size() - end_ >= room_min) return;
    std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
              bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (bytes_.size() - end_ < room_min) bytes_.resize(std::max(first_size, 2 * bytes_.size()));
  }

  io::ByteStream& stream_;
  base::Bytes bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace cloister::http
