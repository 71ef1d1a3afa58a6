// SPDX-License-Identifier: Apache-2.0
#include "access_facts.hpp"

#include "cloister/base/secret.hpp"
#include "cloister/http/cookie.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace cloister::http {
namespace {

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']') + 1, host.size()));
  return host.substr(0, host.find(':'));
}

bool is_loopback_address(std::string_view host) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &address) == 1)
    return ntohl(address.s_addr) >> 24 == 127;
  return host == "[::1]";
}

std::string_view token_of_header(const Headers& headers) {
  std::string_view field = headers.get("Authorization");
  auto space = field.find(' ');
  if (space == std::string_view::npos) return {};
  std::string_view scheme = field.substr(0, space);
  if (!equal_ignoring_case(scheme, "token") && !equal_ignoring_case(scheme, "bearer")) return {};
  return trimmed(field.substr(space));
}

// Every cookie of that name: one of a parent domain or of another path may stand before ours.
std::vector<std::string> cookies_named(const Headers& headers, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [field, value] : headers) {
    if (!equal_ignoring_case(field, "Cookie")) continue;
    for (auto& [cookie, content] : parse_cookies(value))
      if (cookie == name && !content.empty()) values.push_back(std::move(content));
  }
  return values;
}

bool is_one_of(std::string_view given, const std::vector<std::string>& known) {
  return !given.empty() && std::ranges::any_of(known, [&](const std::string& value) {
    return base::equal_constant_time(base::as_bytes(value), base::as_bytes(given));
  });
}

Origin origin_of(const Request& request) {
  if (!request.headers.has("Origin")) return Origin::absent;
  std::string_view authority = authority_of(request.headers.get("Origin"));
  bool ours = request.headers.count("Origin") == 1 && !authority.empty() &&
              equal_ignoring_case(authority, request.headers.get("Host"));
  return ours ? Origin::same : Origin::foreign;
}

}  // namespace

bool is_our_host(std::string_view host, const std::vector<std::string>& names) {
  std::string_view name = without_port(host);
  if (equal_ignoring_case(name, "localhost") || is_loopback_address(name)) return true;
  return std::ranges::any_of(
      names, [&](const std::string& ours) { return equal_ignoring_case(ours, name); });
}

std::string_view authority_of(std::string_view address) {
  for (std::string_view scheme : {"http://", "https://"})
    if (address.starts_with(scheme)) {
      address.remove_prefix(scheme.size());
      return address.substr(0, address.find_first_of("/?#"));
    }
  return {};
}

Caller caller_of(const Request& request, const Authenticator& authenticator) {
  Caller caller;
  caller.identity = authenticator.identity_of_token(token_of_header(request.headers));
  if (!caller.identity) {
    caller.identity = authenticator.identity_of_token(request.query.get("token"));
    caller.token_in_query = caller.identity.has_value();
  }
  if (caller.identity) {
    caller.evidence = Evidence::token;
    return caller;
  }
  std::string_view host = request.headers.get("Host");
  for (const std::string& value :
       cookies_named(request.headers, Authenticator::cookie_name(host))) {
    caller.identity = authenticator.identity_of_cookie(value, host);
    caller.has_stale_cookie = !caller.identity.has_value();
    if (caller.identity) break;
  }
  if (caller.identity) caller.evidence = Evidence::cookie;
  return caller;
}

bool xsrf_matches(const Request& request, const Parameters& form) {
  std::vector<std::string> known = cookies_named(request.headers, "_xsrf");
  return is_one_of(request.headers.get("X-XSRFToken"), known) ||
         is_one_of(request.query.get("_xsrf"), known) || is_one_of(form.get("_xsrf"), known);
}

AccessQuestion question_of(const Request& request, const Caller& caller,
                           const std::vector<std::string>& host_names) {
  AccessQuestion question;
  std::string_view host = request.headers.get("Host");
  question.method = request.method;
  question.host_is_ours = is_our_host(host, host_names);
  question.origin = origin_of(request);
  question.evidence = caller.evidence;
  question.xsrf_matches = xsrf_matches(request, Parameters{});
  std::string_view referer = authority_of(request.headers.get("Referer"));
  question.referer_is_ours = !referer.empty() && equal_ignoring_case(referer, host);
  return question;
}

}  // namespace cloister::http
