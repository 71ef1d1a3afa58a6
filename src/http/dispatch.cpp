// SPDX-License-Identifier: Apache-2.0
#include "dispatch.hpp"

#include "cloister/http/cookie.hpp"
#include "cloister/http/errors.hpp"

#include "web_socket_handshake.hpp"

#include <algorithm>

namespace cloister::http {
namespace {

constexpr std::string_view methods_of_cors = "GET, PUT, POST, PATCH, DELETE, OPTIONS";
constexpr std::string_view headers_of_cors = "accept, content-type, authorization, x-xsrftoken";

Response refusal(const Request& request, Verdict verdict) {
  switch (verdict) {
    case Verdict::sign_in:
      return redirect(request.base_url + "login?next=" + percent_encoded(request.raw_target));
    case Verdict::foreign_host:
      return error(403, "Forbidden", "this host name is not one of ours");
    case Verdict::foreign_origin:
      return error(403, "Forbidden", "this page is not one of ours: cross-origin request refused");
    case Verdict::xsrf_missing:
      return error(403, "'_xsrf' argument missing from " + std::string(name_of(request.method)));
    case Verdict::unknown_referer:
      return error(403, "Blocking request from unknown origin");
    case Verdict::unknown_caller:
    case Verdict::allow:
      break;
  }
  return error(403, "Forbidden");
}

// The segments below the base address; nothing when the request is not below it.
std::optional<std::vector<std::string>> below_base(const Server::State& server,
                                                   const Request& request) {
  const auto& base = server.base_segments;
  if (request.segments.size() < base.size() ||
      !std::equal(base.begin(), base.end(), request.segments.begin()))
    return std::nullopt;
  auto first = request.segments.begin() + static_cast<std::ptrdiff_t>(base.size());
  return std::vector<std::string>(first, request.segments.end());
}

Response options_response() {
  return empty(200)
      .with("Access-Control-Allow-Headers", std::string(headers_of_cors))
      .with("Access-Control-Allow-Methods", std::string(methods_of_cors));
}

Response not_found(const Request& request, const NotFound& nothing) {
  if (nothing.needs_upgrade)
    return error(426, "Upgrade Required")
        .with("Upgrade", "websocket")
        .with("Connection", "Upgrade");
  if (!nothing.allowed.empty()) {
    std::string allowed;
    for (Method method : nothing.allowed) allowed += std::string(name_of(method)) + ", ";
    return error(405, "Method Not Allowed").with("Allow", allowed + "OPTIONS");
  }
  if (nothing.without_slash && is_safe(request.method)) {
    auto question = std::min(request.raw_target.find('?'), request.raw_target.size());
    std::string path = request.raw_target.substr(0, question - 1);
    return redirect(path + request.raw_target.substr(question));
  }
  return error(404, "Not Found");
}

// The same address without the token, which then leaves the address bar.
std::string without_token(const Request& request) {
  auto question = std::min(request.raw_target.find('?'), request.raw_target.size());
  std::string location = request.raw_target.substr(0, question);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (name == "token") continue;
    location += separator + percent_encoded(name) + "=" + percent_encoded(value);
    separator = '&';
  }
  return location;
}

bool is_form(const Request& request) {
  std::string_view type = request.headers.get("Content-Type");
  return equal_ignoring_case(trimmed(type.substr(0, type.find(';'))),
                             "application/x-www-form-urlencoded");
}

AccessQuestion question_about(const Server::State& server, const Request& request,
                              const Caller& caller, const Route& route) {
  AccessQuestion question = question_of(request, caller, server.options.host_names);
  question.access = route.access;
  question.reading_needs_xsrf = route.reading_needs_xsrf;
  question.changes_nothing = route.changes_nothing;
  return question;
}

// What has no handler, judged like a page that anyone may see: hosts and origins still count.
Dispatch answer_without_route(const Server::State& server, Request& request, Caller caller,
                              Exchange exchange, const NotFound& nothing) {
  AccessQuestion question = question_of(request, caller, server.options.host_names);
  question.access = Access::anyone;
  question.exchange = exchange;
  Verdict verdict = decide_access(question);
  bool hidden = verdict == Verdict::foreign_host || verdict == Verdict::foreign_origin;
  Dispatch done;
  bool knows_path = nothing.needs_upgrade || !nothing.allowed.empty();
  if (hidden)
    done.answer = refusal(request, verdict);
  else if (request.method == Method::options && knows_path)
    done.answer = options_response();
  else
    done.answer = not_found(request, nothing);
  done.caller = std::move(caller);
  return done;
}

Dispatch to_web_socket(const Server::State& server, const Request& request, Caller caller,
                       const WebSocketRoute& route) {
  AccessQuestion question = question_of(request, caller, server.options.host_names);
  question.access = route.access;
  question.exchange = Exchange::web_socket;
  Verdict verdict = decide_access(question);
  Dispatch result;
  result.caller = std::move(caller);
  if (verdict == Verdict::allow)
    result.web_socket = &route;
  else
    result.answer = refusal(request, verdict);
  return result;
}

Dispatch to_route(const Server::State& server, const Request& request, Caller caller,
                  const Route& route) {
  Verdict verdict = decide_access(question_about(server, request, caller, route));
  Dispatch result;
  result.awaits_form = verdict == Verdict::xsrf_missing && is_form(request);
  if (verdict != Verdict::allow && !result.awaits_form) {
    result.answer = refusal(request, verdict);
  } else if (caller.token_in_query && route.access == Access::page && is_safe(request.method)) {
    result.answer = redirect(without_token(request));
  } else {
    result.route = &route;
  }
  result.caller = std::move(caller);
  return result;
}

bool sets_xsrf(const Response& response) {
  return std::ranges::any_of(response.headers, [](const Headers::Field& field) {
    return equal_ignoring_case(field.first, "Set-Cookie") && field.second.starts_with("_xsrf=");
  });
}

bool has_xsrf(const Request& request) {
  return std::ranges::any_of(parse_cookies(request.headers.get("Cookie")), [](const auto& cookie) {
    return cookie.first == "_xsrf" && !cookie.second.empty();
  });
}

void add_cookies(const Server::State& server, const Request& request, const Caller& caller,
                 Response& response) {
  std::string_view host = request.headers.get("Host");
  bool sets_own = response.headers.has("Set-Cookie");
  if (caller.token_in_query && caller.identity && is_our_host(host, server.options.host_names))
    response.headers.add("Set-Cookie",
                         signed_in_cookie(server.authenticator, *caller.identity, host));
  else if (caller.has_stale_cookie && !sets_own)
    response.headers.add("Set-Cookie", signed_out_cookie(server.authenticator, host));
  if (response.policy == ContentPolicy::page && !has_xsrf(request) && !sets_xsrf(response))
    response.headers.add("Set-Cookie",
                         xsrf_cookie(server.authenticator, server.authenticator.new_xsrf()));
}

// Reading with a token of one's own is open to other origins, as in Jupyter; a browser asks first
// whether it may send the token at all.
void add_cors(const Request& request, const Caller& caller, Response& response) {
  std::string_view origin = request.headers.get("Origin");
  if (origin.empty() || response.status == 403) return;
  bool asks = request.method == Method::options &&
              request.headers.lists("Access-Control-Request-Headers", "authorization");
  if (!asks && caller.evidence != Evidence::token) return;
  response.headers.set("Access-Control-Allow-Origin", std::string(origin));
  response.headers.add("Vary", "Origin");
}

}  // namespace

base::Result<Request> request_of(const Server::State& server, const RequestHead& head) {
  auto method = method_from_name(head.method);
  if (!method) return base::fail(errors::not_implemented, "this method is not known here");
  CLOISTER_TRY(Target target, parse_target(head.target));
  Request request;
  request.method = *method;
  request.raw_target = head.target;
  request.segments = std::move(target.segments);
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  request.headers = head.headers;
  request.base_url = server.options.base_url;
  return request;
}

Dispatch dispatch(const Server::State& server, Request& request, Exchange exchange) {
  Caller caller = caller_of(request, server.authenticator);
  auto segments = below_base(server, request);
  std::expected<Found, NotFound> found = std::unexpected(NotFound{});
  if (segments) found = server.router.find(request.method, exchange, *segments);
  bool is_base = segments && segments->empty();  // "/base" without its slash
  if (!found) {
    Dispatch done =
        answer_without_route(server, request, std::move(caller), exchange, found.error());
    if (is_base && done.answer->status == 404 && is_safe(request.method))
      done.answer = redirect(server.options.base_url);
    return done;
  }
  request.segments = *std::move(segments);
  request.path.clear();
  for (const std::string& segment : request.segments) request.path += '/' + segment;
  request.captures = std::move(found->captures);
  Dispatch result = found->web_socket != nullptr && exchange == Exchange::web_socket
                        ? to_web_socket(server, request, std::move(caller), *found->web_socket)
                        : to_route(server, request, std::move(caller), *found->route);
  request.caller = result.caller.identity;
  request.evidence = result.caller.evidence;
  return result;
}

std::optional<Response> refusal_of_form(const Server::State& server, const Request& request,
                                        const Dispatch& dispatch) {
  AccessQuestion question = question_about(server, request, dispatch.caller, *dispatch.route);
  base::Result<Parameters> form = parse_parameters(request.body);
  question.xsrf_matches = xsrf_matches(request, form ? *form : Parameters{});
  Verdict verdict = decide_access(question);
  if (verdict == Verdict::allow) return std::nullopt;
  return refusal(request, verdict);
}

void dress(const Server::State& server, const Request& request, const Caller& caller,
           Response& response) {
  add_cookies(server, request, caller, response);
  add_cors(request, caller, response);
  Headers& headers = response.headers;
  std::string policy(text_of(response.policy));
  headers.set_default(
      "Content-Security-Policy",
      policy + "; report-uri " + server.options.base_url + "api/security/csp-report");
  headers.set_default("X-Content-Type-Options", "nosniff");
  headers.set_default("Referrer-Policy", "same-origin");
  headers.set_default("Cross-Origin-Resource-Policy", "same-origin");
  if (response.policy == ContentPolicy::page)
    headers.set_default("Cross-Origin-Opener-Policy", "same-origin");
  // What people's data is made of does not stay in the browser's folder on the disk.
  bool revalidates = response.policy != ContentPolicy::file && headers.has("ETag");
  headers.set_default("Cache-Control", revalidates ? "no-cache" : "no-store");
}

Response response_to(const base::Error& error) {
  auto is = [&](base::Code code) { return error.is(code); };
  unsigned status = is(errors::head_too_large)    ? 431
                    : is(errors::body_too_large)  ? 413
                    : is(errors::version)         ? 505
                    : is(errors::not_implemented) ? 501
                                                  : 400;
  return http::error(status, error.message);
}

}  // namespace cloister::http
