// SPDX-License-Identifier: Apache-2.0
// Tokens, cookies and links that sign in once.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/http/request.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::http {

struct AuthenticatorOptions {
  std::string base_url = "/";
  std::chrono::seconds cookie_lives = std::chrono::days(30);
  std::chrono::seconds link_lives = std::chrono::minutes(10);
};

// Owned by whoever composes the server, outlives it; on the loop's thread only. The cookie's key is
// random for each one: a restarted server asks to sign in again. Holds hashes of tokens and links,
// never themselves.
class Authenticator {
 public:
  Authenticator(AuthenticatorOptions options, base::Random& random, base::Clock& clock);

  // A caller with this token is this person. An empty token is a bug and aborts.
  void add_token(std::string_view token, Identity identity);
  void remove_tokens();  // and all that stands on them: cookies and links lose their validity
  // 24 random bytes in hexadecimal digits, as Jupyter's.
  static std::string new_token(base::Random& random);

  // SECURITY: compared by hash in constant time, all entries always
  // (test: Authenticator.TokensAndNothingElse).
  std::optional<Identity> identity_of_token(std::string_view token) const;

  // What goes into /login?once=…; each one signs in once and not after its time. The oldest goes
  // when there are too many.
  std::string issue_link(Identity identity);
  // SECURITY: a link signs in once (test: Authenticator.ALinkSignsInOnce).
  base::Result<Identity> redeem_link(std::string_view once);

  // The cookie's name holds the host, so that servers on one machine do not overwrite each other's.
  static std::string cookie_name(std::string_view host);
  // Sealed to this server, this host name and its time.
  std::string cookie_value(const Identity& identity, std::string_view host) const;
  std::optional<Identity> identity_of_cookie(std::string_view value, std::string_view host) const;

  std::string new_xsrf() const;
  const AuthenticatorOptions& options() const { return options_; }

 private:
  struct Token {
    crypto::Hash hash;
    Identity identity;
  };
  struct Link {
    crypto::Hash hash;
    Identity identity;
    std::chrono::steady_clock::time_point ends;
  };

  AuthenticatorOptions options_;
  base::Random& random_;
  base::Clock& clock_;
  base::SecretBytes key_;
  std::vector<Token> tokens_;
  std::deque<Link> links_;
};

// Fields of a response that sign the browser in, or out. `host` is the request's Host field.
std::string signed_in_cookie(const Authenticator& authenticator, const Identity& identity,
                             std::string_view host);
std::string signed_out_cookie(const Authenticator& authenticator, std::string_view host);
// For scripts of our pages to send back: they need to read it.
std::string xsrf_cookie(const Authenticator& authenticator, std::string value);

}  // namespace cloister::http
