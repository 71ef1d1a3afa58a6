// SPDX-License-Identifier: Apache-2.0
// Bytes into requests, by Beast's parser: no input or output, and stricter on what smugglers use.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/http/headers.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace cloister::http {

struct RequestHead {
  std::string method;
  std::string target;
  Headers headers;
  bool keep_alive = false;
  bool has_body = false;
  std::optional<std::uint64_t> length;  // nothing for a chunked body
};

// One request. First put() until there is a head, then until done().
class RequestParser {
 public:
  explicit RequestParser(std::size_t head_bytes_max);
  ~RequestParser();

  // How many of the bytes it took; 0 when it needs more of them at once. http.bad-request,
  // http.version, http.head-too-large, http.body-too-large.
  base::Result<std::size_t> put(base::ByteView bytes);
  bool has_head() const;
  bool done() const;
  // SECURITY: one reading of where a request ends: no second Content-Length, none beside a
  // Transfer-Encoding, no coding but chunked, one Host (test: RequestParser.SmugglersAreRefused).
  base::Result<RequestHead> head() const;
  void set_body_bytes_max(std::uint64_t bytes);
  std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloister::http
