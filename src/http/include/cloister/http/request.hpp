// SPDX-License-Identifier: Apache-2.0
// What a handler gets to see of a request.
#pragma once

#include "cloister/http/headers.hpp"
#include "cloister/http/target.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace cloister::http {

// NOLINTNEXTLINE(readability-identifier-naming): `delete` is a keyword
enum class Method { get, head, post, put, patch, delete_, options };
std::optional<Method> method_from_name(std::string_view name);
std::string_view name_of(Method method);
// Whether the method promises to change nothing (RFC 9110 §9.2.1).
bool is_safe(Method method);

// Who asks: shown in JupyterLab, written into the ledger.
struct Identity {
  std::string username;
  std::string name;
  std::string display_name;
  std::string initials;
  std::string color;
};

// How the caller was known.
enum class Evidence { none, cookie, token };

// Plain values; nothing of the connection. The handler owns it.
struct Request {
  Method method = Method::get;
  std::string raw_target;  // as sent, for logs of errors never: it may hold a token
  std::string path;        // decoded, below the base address, begins with a slash
  std::vector<std::string> segments;
  Parameters captures;  // of the route's pattern
  Parameters query;
  Headers headers;
  std::string body;

  std::optional<Identity> caller;  // none on routes for anyone
  Evidence evidence = Evidence::none;
  std::string base_url;               // "/" or "/a%40b/"
  std::optional<uid_t> peer_user_id;  // over a Unix socket

  std::string_view capture(std::string_view name) const { return captures.get(name); }
};

}  // namespace cloister::http
