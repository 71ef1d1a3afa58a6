// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/authenticator.hpp"

#include "cloister/base/bytes.hpp"
#include "cloister/base/check.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/http/cookie.hpp"
#include "cloister/http/errors.hpp"
#include "cloister/wire/json.hpp"

#include <array>

namespace cloister::http {
namespace {

constexpr std::size_t links_max = 32;
constexpr std::size_t cookie_bytes_max = 4096;

crypto::Hash hash_of(std::string_view secret) {
  return crypto::sha256(base::as_bytes(secret));
}

std::int64_t seconds_of(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string context_of(std::string_view host) {
  return "cloister cookie 1 " + Authenticator::cookie_name(host);
}

wire::json::object to_json(const Identity& identity) {
  return {{"username", identity.username},
          {"name", identity.name},
          {"display_name", identity.display_name},
          {"initials", identity.initials},
          {"color", identity.color}};
}

Identity identity_of(const wire::json::object& object) {
  return {.username = wire::text_or(object, "username", ""),
          .name = wire::text_or(object, "name", ""),
          .display_name = wire::text_or(object, "display_name", ""),
          .initials = wire::text_or(object, "initials", ""),
          .color = wire::text_or(object, "color", "")};
}

}  // namespace

Authenticator::Authenticator(AuthenticatorOptions options, base::Random& random, base::Clock& clock)
    : options_(std::move(options)), random_(random), clock_(clock), key_(crypto::new_key(random)) {}

void Authenticator::add_token(std::string_view token, Identity identity) {
  CLOISTER_CHECK(!token.empty());
  tokens_.push_back({hash_of(token), std::move(identity)});
}

void Authenticator::remove_tokens() {
  tokens_.clear();
  links_.clear();
  key_ = crypto::new_key(random_);
}

std::string Authenticator::new_token(base::Random& random) {
  return base::to_hex(random.bytes<24>());
}

std::optional<Identity> Authenticator::identity_of_token(std::string_view token) const {
  if (token.empty()) return std::nullopt;
  crypto::Hash hash = hash_of(token);
  const Token* found = nullptr;
  for (const Token& known : tokens_)
    if (base::equal_constant_time(known.hash, hash)) found = &known;
  if (found == nullptr) return std::nullopt;
  return found->identity;
}

std::string Authenticator::issue_link(Identity identity) {
  std::string once = base::to_hex(random_.bytes<24>());
  if (links_.size() == links_max) links_.pop_front();
  links_.push_back({hash_of(once), std::move(identity), clock_.monotonic() + options_.link_lives});
  return once;
}

base::Result<Identity> Authenticator::redeem_link(std::string_view once) {
  crypto::Hash hash = hash_of(once);
  auto found = links_.end();
  for (auto link = links_.begin(); link != links_.end(); ++link)
    if (base::equal_constant_time(link->hash, hash)) found = link;
  if (found == links_.end())
    return base::fail(errors::not_a_login, "this link was used already or is not one of ours",
                      "ask the program for a new one");
  Link link = std::move(*found);
  links_.erase(found);
  if (clock_.monotonic() >= link.ends)
    return base::fail(errors::not_a_login, "this link is too old", "ask the program for a new one");
  return link.identity;
}

std::string Authenticator::cookie_name(std::string_view host) {
  std::string name = "username-";
  for (char c : host) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name.push_back(plain ? c : '-');
  }
  return name;
}

std::string Authenticator::cookie_value(const Identity& identity, std::string_view host) const {
  wire::json::object content = to_json(identity);
  content["until"] = seconds_of(clock_.now() + options_.cookie_lives);
  std::string plain = wire::json::serialize(content);
  base::Bytes sealed =
      crypto::aead_seal(key_, base::as_bytes(context_of(host)), base::as_bytes(plain), random_);
  return base::to_base64(sealed);
}

std::optional<Identity> Authenticator::identity_of_cookie(std::string_view value,
                                                          std::string_view host) const {
  if (value.size() > cookie_bytes_max) return std::nullopt;
  auto sealed = base::from_base64(value);
  if (!sealed) return std::nullopt;
  auto plain = crypto::aead_open(key_, base::as_bytes(context_of(host)), *sealed);
  if (!plain) return std::nullopt;
  auto content = wire::parse_json_object(plain->text());
  if (!content) return std::nullopt;
  if (wire::integer_or(*content, "until", 0) <= seconds_of(clock_.now())) return std::nullopt;
  return identity_of(*content);
}

std::string Authenticator::new_xsrf() const {
  return base::to_hex(random_.bytes<16>());
}

std::string signed_in_cookie(const Authenticator& authenticator, const Identity& identity,
                             std::string_view host) {
  Cookie cookie;
  cookie.name = Authenticator::cookie_name(host);
  cookie.value = authenticator.cookie_value(identity, host);
  cookie.path = authenticator.options().base_url;
  cookie.lives = authenticator.options().cookie_lives;
  return to_field(cookie);
}

std::string signed_out_cookie(const Authenticator& authenticator, std::string_view host) {
  return forgotten_cookie(Authenticator::cookie_name(host), authenticator.options().base_url);
}

std::string xsrf_cookie(const Authenticator& authenticator, std::string value) {
  Cookie cookie;
  cookie.name = "_xsrf";
  cookie.value = std::move(value);
  cookie.path = authenticator.options().base_url;
  cookie.http_only = false;
  return to_field(cookie);
}

}  // namespace cloister::http
