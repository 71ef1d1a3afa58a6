// SPDX-License-Identifier: Apache-2.0
// The routes /login and /logout.
#pragma once

#include "cloister/http/authenticator.hpp"
#include "cloister/http/router.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::http {

struct SignInOptions {
  std::string default_location = "/lab";  // below the base address
  // Who has this password; empty: the token is the password, as in Jupyter.
  std::function<io::Task<base::Result<Identity>>(std::string password)> check_password;
};

// GET /login (page, or ?once=…), POST /login, GET and POST /logout. The authenticator outlives
// them.
std::vector<Route> sign_in_routes(Authenticator& authenticator, SignInOptions options);

// `next` when it is a path below the base address and nothing else, otherwise `fallback`.
// SECURITY: signing in leads to no other site (test: SignIn.NextStaysHere).
std::string safe_location(std::string_view next, std::string_view base_url,
                          std::string_view fallback);

}  // namespace cloister::http
