// SPDX-License-Identifier: Apache-2.0
// Answers that need no body, or a part of it: If-None-Match, If-Modified-Since, Range. Pure.
#pragma once

#include "cloister/http/request.hpp"
#include "cloister/http/response.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace cloister::http {

// Turns a 200 into 304, 206 or 416 where the request asks for it.
Response conditioned(Method method, const Headers& headers, Response response);

struct ByteRange {
  std::uint64_t offset;
  std::uint64_t length;
};
struct WholeFile {};
struct NoSuchRange {};
// One range of a file of `size` bytes. A list of ranges, another unit or nonsense is answered with
// the whole file, as RFC 9110 §14.2 allows.
std::variant<WholeFile, NoSuchRange, ByteRange> parse_range(std::string_view field,
                                                            std::uint64_t size);

// Whether a list of ETags names this one, weak or strong.
bool names_etag(std::string_view list, std::string_view etag);

}  // namespace cloister::http
