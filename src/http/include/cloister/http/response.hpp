// SPDX-License-Identifier: Apache-2.0
// What a handler answers.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/http/content_policy.hpp"
#include "cloister/http/headers.hpp"
#include "cloister/io/descriptor.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cloister::http {

// A part of an open file, sent piece by piece: never whole in memory. A file that shrinks meanwhile
// ends the connection.
struct FileRegion {
  io::Descriptor file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// The server adds length, date, connection, Content-Security-Policy and the other security fields,
// answers If-None-Match, If-Modified-Since and Range from `etag`, `modified` and a FileRegion, and
// compresses text.
struct Response {
  unsigned status = 200;
  Headers headers;
  std::variant<std::string, FileRegion> body;
  ContentPolicy policy = ContentPolicy::data;
  std::string etag;  // with its quotes: "\"abc\""
  std::optional<base::WallTime> modified;

  // Built upwards: return json(200, value).with("Location", "…");
  Response with(std::string_view name, std::string value) &&;
};

Response json(unsigned status, const boost::json::value& value);
Response text(unsigned status, std::string body);
Response page(unsigned status, std::string html);  // UTF-8, under page_policy
Response empty(unsigned status = 204);
Response bytes(unsigned status, std::string content_type, std::string body);
Response file(FileRegion region, std::string content_type);  // under file_policy
// `location` is a path of ours: callers check what comes from outside with safe_location().
Response redirect(std::string location, unsigned status = 302);

// Jupyter's shape: {"message": …, "reason": … or null}.
Response error(unsigned status, std::string_view message,
               std::optional<std::string_view> reason = {});
// RFC 9457, for Cloister's own addresses: `code` is the stable name of a base::Error.
Response problem(unsigned status, std::string_view code, std::string_view message,
                 std::string_view hint = {});

std::string_view phrase_of(unsigned status);  // "Not Found"

}  // namespace cloister::http
