// SPDX-License-Identifier: Apache-2.0
#include "response_head.hpp"

#include "http_date.hpp"

namespace cloister::http {
namespace {

void append_plain(std::string& head, std::string_view text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') head.push_back(c);
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  append_plain(head, name);
  head += ": ";
  append_plain(head, value);
  head += "\r\n";
}

bool has_length(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::uint64_t body_length(const Response& response) {
  if (const auto* region = std::get_if<FileRegion>(&response.body)) return region->length;
  return std::get<std::string>(response.body).size();
}

std::string encode_head(const Response& response, KeepAlive keep_alive, base::WallTime now) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += phrase_of(response.status);
  head += "\r\n";
  for (const auto& [name, value] : response.headers) append_field(head, name, value);
  append_field(head, "Date", to_http_date(now));
  if (has_length(response.status))
    append_field(head, "Content-Length", std::to_string(body_length(response)));
  if (response.status >= 200 && keep_alive == KeepAlive::no)
    append_field(head, "Connection", "close");
  head += "\r\n";
  return head;
}

}  // namespace cloister::http
