// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/sign_in.hpp"

#include "cloister/http/cookie.hpp"
#include "cloister/http/target.hpp"

#include <algorithm>
#include <memory>

namespace cloister::http {
namespace {

constexpr std::size_t form_bytes_max = 16u << 10;

std::string escaped(std::string_view text) {
  std::string html;
  for (char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

struct SignIn {
  Authenticator& authenticator;
  SignInOptions options;

  std::string home(const Request& request) const {
    return request.base_url + options.default_location.substr(1);
  }
  std::string next(const Request& request) const {
    return safe_location(request.query.get("next"), request.base_url, home(request));
  }
};
using Shared = std::shared_ptr<SignIn>;

std::string xsrf_of(const Request& request, const Authenticator& authenticator) {
  for (const auto& [name, value] : parse_cookies(request.headers.get("Cookie")))
    if (name == "_xsrf" && !value.empty()) return value;
  return authenticator.new_xsrf();
}

Response sign_in_page(const SignIn& sign_in, const Request& request, unsigned status,
                      std::string_view complaint) {
  std::string xsrf = xsrf_of(request, sign_in.authenticator);
  std::string action = request.base_url + "login?next=" + percent_encoded(sign_in.next(request));
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Cloister</title>"
      "<style>body{font:16px system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}"
      "input,button{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin:.4rem 0}"
      "</style></head><body><h1>Cloister</h1>";
  if (!complaint.empty()) html += "<p role=\"alert\">" + escaped(complaint) + "</p>";
  html += "<form method=\"post\" action=\"" + escaped(action) +
          "\"><input type=\"hidden\" name=\"_xsrf\" value=\"" + escaped(xsrf) +
          "\"><label>Password or token<input type=\"password\" name=\"password\" autofocus "
          "autocomplete=\"current-password\"></label><button type=\"submit\">Sign in</button>"
          "</form></body></html>\n";
  Response response = page(status, std::move(html));
  auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (std::ranges::all_of(xsrf, plain))
    response.headers.add("Set-Cookie", xsrf_cookie(sign_in.authenticator, xsrf));
  return response;
}

Response signed_in(const SignIn& sign_in, const Request& request, const Identity& identity) {
  return redirect(sign_in.next(request))
      .with("Set-Cookie",
            signed_in_cookie(sign_in.authenticator, identity, request.headers.get("Host")));
}

io::Task<Response> show(Shared sign_in, Request request) {
  // A HEAD only looks: programs that preview links send it.
  if (auto once = request.query.find("once"); once && request.method == Method::get) {
    base::Result<Identity> identity = sign_in->authenticator.redeem_link(*once);
    if (identity) co_return signed_in(*sign_in, request, *identity);
    if (request.caller) co_return redirect(sign_in->next(request));  // the link, opened again
    co_return sign_in_page(*sign_in, request, 403, identity.error().message);
  }
  if (request.caller) co_return redirect(sign_in->next(request));
  co_return sign_in_page(*sign_in, request, 200, {});
}

io::Task<Response> check(Shared sign_in, Request request) {
  base::Result<Parameters> form = parse_parameters(request.body);
  std::string password(form ? form->get("password") : std::string_view{});
  std::optional<Identity> identity;
  if (sign_in->options.check_password) {
    base::Result<Identity> checked = co_await sign_in->options.check_password(std::move(password));
    if (checked) identity = *std::move(checked);
  } else {
    identity = sign_in->authenticator.identity_of_token(password);
  }
  if (identity) co_return signed_in(*sign_in, request, *identity);
  co_return sign_in_page(*sign_in, request, 401, "Invalid credentials");
}

io::Task<Response> leave(Shared sign_in, Request request) {
  co_return redirect(request.base_url + "login")
      .with("Set-Cookie", signed_out_cookie(sign_in->authenticator, request.headers.get("Host")));
}

Route route_of(Method method, std::string pattern, const Shared& sign_in,
               io::Task<Response> (*handle)(Shared, Request)) {
  return {
      .method = method,
      .pattern = std::move(pattern),
      .access = Access::anyone,
      .handler = [sign_in, handle](Request request) { return handle(sign_in, std::move(request)); },
      .body_bytes = form_bytes_max};
}

}  // namespace

std::string safe_location(std::string_view next, std::string_view base_url,
                          std::string_view fallback) {
  next = next.substr(0, next.find('#'));
  bool is_path = next.starts_with(base_url) && !next.starts_with("//") &&
                 next.find('\\') == std::string_view::npos;
  // Escaped slashes at the start would be a host name to whoever decodes once more.
  bool is_plain = is_path && parse_target(next) && !parse_target(next)->path.starts_with("//");
  return std::string(is_plain ? next : fallback);
}

std::vector<Route> sign_in_routes(Authenticator& authenticator, SignInOptions options) {
  auto sign_in = std::make_shared<SignIn>(authenticator, std::move(options));
  return {route_of(Method::get, "/login", sign_in, show),
          route_of(Method::post, "/login", sign_in, check),
          route_of(Method::get, "/logout", sign_in, leave),
          route_of(Method::post, "/logout", sign_in, leave)};
}

}  // namespace cloister::http
