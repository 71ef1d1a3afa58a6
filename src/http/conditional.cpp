// SPDX-License-Identifier: Apache-2.0
#include "conditional.hpp"

#include "http_date.hpp"

#include <algorithm>
#include <charconv>

namespace cloister::http {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string_view strong(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

// Fields carry whole seconds.
auto whole_seconds(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

bool is_unchanged(const Headers& headers, const Response& response) {
  if (headers.has("If-None-Match"))
    return !response.etag.empty() && names_etag(headers.get("If-None-Match"), response.etag);
  auto since = parse_http_date(headers.get("If-Modified-Since"));
  return since && response.modified && whole_seconds(*response.modified) <= whole_seconds(*since);
}

// A range is of a file that the client knows a part of: another one is sent whole.
bool range_still_fits(const Headers& headers, const Response& response) {
  std::string_view known = headers.get("If-Range");
  if (known.empty()) return true;
  if (known.starts_with('"')) return known == response.etag;
  auto date = parse_http_date(known);
  return date && response.modified && whole_seconds(*response.modified) == whole_seconds(*date);
}

Response with_range(const Headers& headers, Response response) {
  auto& region = std::get<FileRegion>(response.body);
  response.headers.set("Accept-Ranges", "bytes");
  std::string_view field = headers.get("Range");
  if (field.empty() || !range_still_fits(headers, response)) return response;
  auto parsed = parse_range(field, region.length);
  std::string size = std::to_string(region.length);
  if (std::holds_alternative<NoSuchRange>(parsed)) {
    Response refused = error(416, "there is no such range in this file");
    refused.headers.add("Content-Range", "bytes */" + size);
    return refused;
  }
  if (const auto* range = std::get_if<ByteRange>(&parsed)) {
    response.status = 206;
    region.offset += range->offset;
    region.length = range->length;
    response.headers.set("Content-Range", "bytes " + std::to_string(range->offset) + "-" +
                                              std::to_string(range->offset + range->length - 1) +
                                              "/" + size);
  }
  return response;
}

}  // namespace

std::variant<WholeFile, NoSuchRange, ByteRange> parse_range(std::string_view field,
                                                            std::uint64_t size) {
  if (!field.starts_with("bytes=")) return WholeFile{};
  field.remove_prefix(6);
  auto dash = field.find('-');
  if (dash == std::string_view::npos || field.find(',') != std::string_view::npos)
    return WholeFile{};
  std::string_view from = trimmed(field.substr(0, dash));
  std::string_view to = trimmed(field.substr(dash + 1));
  if (from.empty()) {  // the last so many
    auto suffix = number(to);
    if (!suffix) return WholeFile{};
    if (*suffix == 0 || size == 0) return NoSuchRange{};
    std::uint64_t length = std::min(*suffix, size);
    return ByteRange{.offset = size - length, .length = length};
  }
  auto first = number(from);
  auto last = to.empty() ? std::optional(UINT64_MAX) : number(to);
  if (!first || !last || *last < *first) return WholeFile{};
  if (*first >= size) return NoSuchRange{};
  return ByteRange{.offset = *first, .length = std::min(*last, size - 1) - *first + 1};
}

bool names_etag(std::string_view list, std::string_view etag) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    auto comma = list.find(',');
    if (strong(trimmed(list.substr(0, comma))) == strong(etag)) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

Response conditioned(Method method, const Headers& headers, Response response) {
  if (response.status != 200 || (method != Method::get && method != Method::head)) return response;
  if (!response.etag.empty()) response.headers.set("ETag", response.etag);
  if (response.modified) response.headers.set("Last-Modified", to_http_date(*response.modified));
  if (is_unchanged(headers, response)) {
    response.status = 304;
    response.body = std::string{};
    return response;
  }
  if (std::holds_alternative<FileRegion>(response.body))
    return with_range(headers, std::move(response));
  return response;
}

}  // namespace cloister::http
