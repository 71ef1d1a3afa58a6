// SPDX-License-Identifier: Apache-2.0
// Who may: one pure decision over what is known of a request. docs: Jupyter's rules, stricter on
// origins.
#pragma once

#include "cloister/http/request.hpp"

#include <string_view>

namespace cloister::http {

// What a route says about its callers; there is no default.
enum class Access {
  anyone,  // also somebody unknown: the sign-in page, the health check
  page,    // unknown people are sent to the sign-in page
  api,     // unknown people get 403
};

enum class Exchange { plain, web_socket };
enum class Origin { absent, same, foreign };

struct AccessQuestion {
  Access access = Access::api;
  Exchange exchange = Exchange::plain;
  Method method = Method::post;
  bool host_is_ours = false;
  Origin origin = Origin::foreign;
  Evidence evidence = Evidence::none;
  // The value of the _xsrf cookie came back in the header or a parameter.
  bool xsrf_matches = false;
  // The route hands out files: reading, too, must come from our own pages.
  bool reading_needs_xsrf = false;
  // The route changes nothing, whatever its method.
  bool changes_nothing = false;
  bool referer_is_ours = false;
};

enum class Verdict {
  allow,
  sign_in,       // 302 to the sign-in page
  foreign_host,  // 403, and so are the following
  foreign_origin,
  unknown_caller,
  xsrf_missing,
  unknown_referer,
};

// SECURITY: denies by default: a question with nothing filled in is refused
// (test: Access.AnEmptyQuestionIsRefused), and all combinations obey the rules
// (test: Access.EveryCombination).
Verdict decide_access(const AccessQuestion& question);

}  // namespace cloister::http
