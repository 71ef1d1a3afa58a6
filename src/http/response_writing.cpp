// SPDX-License-Identifier: Apache-2.0
// The writing half of a connection.
#include "connection.hpp"
#include "file_reader.hpp"
#include "response_head.hpp"

#include <algorithm>
#include <array>

namespace cloister::http {
namespace {

constexpr std::size_t piece_bytes = 256u << 10;

}  // namespace

io::Task<base::Outcome> Connection::write(const Request& request, Response response) {
  KeepAlive keep_alive = keep_alive_ ? KeepAlive::yes : KeepAlive::no;
  std::string head = encode_head(response, keep_alive, server_.clock.now());
  bool without_body = request.method == Method::head || response.status == 304;
  if (auto* region = std::get_if<FileRegion>(&response.body); region != nullptr && !without_body)
    co_return co_await write_file(std::move(head), std::move(*region));
  std::string body;
  if (!without_body && std::holds_alternative<std::string>(response.body))
    body = std::get<std::string>(std::move(response.body));
  std::array<base::ByteView, 2> parts{base::as_bytes(head), base::as_bytes(body)};
  co_return co_await stream_.write(parts, server_.options.limits.writing);
}

io::Task<base::Outcome> Connection::write_file(std::string head, FileRegion region) {
  base::Bytes piece;
  std::uint64_t done = 0;
  do {
    piece.resize(std::min<std::uint64_t>(piece_bytes, region.length - done));
    CLOISTER_CO_TRY_DO(
        co_await read_file_at(server_.loop, region.file.number(), region.offset + done, piece));
    std::array<base::ByteView, 2> parts{base::as_bytes(head), piece};
    CLOISTER_CO_TRY_DO(co_await stream_.write(parts, server_.options.limits.writing));
    head.clear();
    done += piece.size();
  } while (done < region.length);
  co_return base::Outcome{};
}

}  // namespace cloister::http
