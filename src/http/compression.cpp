// SPDX-License-Identifier: Apache-2.0
#include "compression.hpp"

#include "cloister/http/static_files.hpp"

#include <zlib.h>

#include <limits>

namespace cloister::http {
namespace {

constexpr std::size_t on_the_loop_bytes_max = 32u << 10;
constexpr std::size_t compress_bytes_max = 64u << 20;  // beyond, time costs more than bytes
constexpr int level = 1;                               // on loopback nothing else pays
constexpr int gzip_window = 15 + 16;

bool refuses(std::string_view parameters) {
  std::string_view quality = trimmed(parameters);
  if (!quality.starts_with("q=") && !quality.starts_with("Q=")) return false;
  return quality.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

bool is_worth_it(const Response& response, std::size_t bytes_min) {
  const auto* body = std::get_if<std::string>(&response.body);
  return body != nullptr && body->size() > bytes_min && body->size() <= compress_bytes_max &&
         !response.headers.has("Content-Encoding") && response.status != 206 &&
         is_compressible(response.headers.get("Content-Type"));
}

}  // namespace

bool accepts_gzip(const Headers& headers) {
  std::string_view list = headers.get("Accept-Encoding");
  while (!list.empty()) {
    auto comma = list.find(',');
    std::string_view coding = list.substr(0, comma);
    auto semicolon = coding.find(';');
    if (equal_ignoring_case(trimmed(coding.substr(0, semicolon)), "gzip"))
      return semicolon == std::string_view::npos || !refuses(coding.substr(semicolon + 1));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

std::optional<std::string> gzip(std::string_view text) {
  if (text.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string packed(text.size(), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  int result = deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;  // it would not be smaller
  return packed;
}

io::Task<Response> compressed(io::EventLoop& loop, const Headers& headers, Response response,
                              std::size_t bytes_min) {
  if (!is_worth_it(response, bytes_min)) co_return response;
  response.headers.set("Vary", "Accept-Encoding");
  if (!accepts_gzip(headers)) co_return response;
  const auto& body = std::get<std::string>(response.body);
  auto pack = [&body] { return gzip(body); };
  std::optional<std::string> packed;
  if (body.size() <= on_the_loop_bytes_max)
    packed = pack();
  else
    packed = co_await io::run_blocking(loop, std::move(pack));
  if (!packed) co_return response;
  response.body = *std::move(packed);
  response.headers.set("Content-Encoding", "gzip");
  // The bytes differ from those that the tag names; what they mean does not.
  if (response.headers.get("ETag").starts_with('"'))
    response.headers.set("ETag", "W/" + std::string(response.headers.get("ETag")));
  co_return response;
}

}  // namespace cloister::http
