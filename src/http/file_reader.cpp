// SPDX-License-Identifier: Apache-2.0
#include "file_reader.hpp"

#include "cloister/io/errors.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::http {
namespace {

// Nothing when the bytes are not in memory, or the file system cannot tell.
std::optional<std::size_t> read_cached(int file, std::uint64_t offset, std::span<std::byte> out) {
  iovec vector{out.data(), out.size()};
  ssize_t got = preadv2(file, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (got <= 0) return std::nullopt;
  return static_cast<std::size_t>(got);
}

base::Result<std::size_t> read_from_disk(int file, std::uint64_t offset, std::span<std::byte> out) {
  for (;;) {
    ssize_t got = pread(file, out.data(), out.size(), static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0)
      return base::fail(io::errors::closed, "a file ended sooner than it was long before");
    if (errno != EINTR) return base::fail_errno(io::errors::system, "cannot read a file", errno);
  }
}

}  // namespace

io::Task<base::Outcome> read_file_at(io::EventLoop& loop, int file, std::uint64_t offset,
                                     std::span<std::byte> out) {
  while (!out.empty()) {
    std::optional<std::size_t> cached = read_cached(file, offset, out);
    std::size_t got = 0;
    if (cached) {
      got = *cached;
    } else {
      auto read = [file, offset, out] { return read_from_disk(file, offset, out); };
      base::Result<std::size_t> result = co_await io::run_blocking(loop, std::move(read));
      if (!result) co_return std::unexpected(std::move(result).error());
      got = *result;
    }
    out = out.subspan(got);
    offset += got;
  }
  co_return base::Outcome{};
}

}  // namespace cloister::http
