// SPDX-License-Identifier: Apache-2.0
// What a request says about its caller, gathered for decide_access().
#pragma once

#include "cloister/http/access.hpp"
#include "cloister/http/authenticator.hpp"
#include "cloister/http/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::http {

// localhost, a loopback address or one of `names`, with any port.
bool is_our_host(std::string_view host, const std::vector<std::string>& names);

// The authority of "http://host:port" or of a whole address; empty for anything else.
std::string_view authority_of(std::string_view address);

struct Caller {
  Evidence evidence = Evidence::none;
  std::optional<Identity> identity;
  bool token_in_query = false;    // and valid
  bool has_stale_cookie = false;  // one that we do not accept: it gets cleared
};
// A valid token counts before a cookie; a wrong token does not spoil a good cookie.
Caller caller_of(const Request& request, const Authenticator& authenticator);

// Whether one of the _xsrf cookies came back in X-XSRFToken, the query or `form`.
bool xsrf_matches(const Request& request, const Parameters& form);

AccessQuestion question_of(const Request& request, const Caller& caller,
                           const std::vector<std::string>& host_names);

}  // namespace cloister::http
