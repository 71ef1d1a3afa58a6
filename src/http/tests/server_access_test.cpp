// SPDX-License-Identifier: Apache-2.0
// Who may, through a whole server: tokens, cookies, links, hosts, origins, XSRF.
#include "cloister/http/sign_in.hpp"

#include "test_server.hpp"

namespace cloister::http {
namespace {

struct ServerAccess : ServerTest {
  ServerAccess() {
    add(Method::get, "/lab", Access::page, says("lab"));
    add(Method::get, "/api/x", Access::api, [](Request request) -> io::Task<Response> {
      co_return text(200, request.caller->username);
    });
    add(Method::post, "/api/x", Access::api, says("changed"));
    add(Method::get, "/api", Access::anyone, says("alive"));
    router.add(Route{.method = Method::get,
                     .pattern = "/files/{path...}",
                     .access = Access::api,
                     .handler = says("file"),
                     .reading_needs_xsrf = true});
    router.add(WebSocketRoute{.pattern = "/ws",
                              .access = Access::api,
                              .handler = [](Request, WebSocket&) -> io::Task<> { co_return; }});
    router.add(sign_in_routes(*authenticator, SignInOptions{}));
    start();
  }

  std::string cookie() {
    return Authenticator::cookie_name("localhost:8888") + "=" +
           authenticator->cookie_value(test_identity(), "localhost:8888");
  }
  std::string with_cookie(std::string more = {}) {
    return "Cookie: " + cookie() + "; _xsrf=abc\r\n" + more;
  }
  unsigned status(std::string_view line, std::string_view fields = {}) {
    return ask(request_text(line, fields)).status;
  }
};

std::string named_cookie(const RawResponse& response, std::string_view begins) {
  for (const auto& [name, value] : response.headers)
    if (equal_ignoring_case(name, "Set-Cookie") && value.starts_with(begins)) return value;
  return {};
}

TEST_F(ServerAccess, UnknownCallersAreTurnedAwayByKind) {
  RawResponse api = ask(request_text("GET /api/x"));
  EXPECT_EQ(api.status, 403u);
  EXPECT_EQ(api.body, R"({"message":"Forbidden","reason":null})");
  RawResponse page = ask(request_text("GET /lab"));
  EXPECT_EQ(page.status, 302u);
  EXPECT_EQ(page.headers.get("Location"), "/login?next=/lab");
  EXPECT_EQ(status("GET /api"), 200u);
  EXPECT_EQ(status("POST /lab"), 405u);
}

TEST_F(ServerAccess, TokensInAllTheirPlaces) {
  EXPECT_EQ(ask(request_text("GET /api/x", with_token)).body, "ada");
  EXPECT_EQ(status("GET /api/x", "Authorization: Bearer 0123456789abcdef\r\n"), 200u);
  EXPECT_EQ(status("GET /api/x", "authorization: BEARER   0123456789abcdef\r\n"), 200u);
  EXPECT_EQ(status("GET /api/x", "Authorization: Basic 0123456789abcdef\r\n"), 403u);
  EXPECT_EQ(status("GET /api/x", "Authorization: token 0123456789abcdee\r\n"), 403u);
  EXPECT_EQ(status("GET /api/x", "Authorization: token \r\n"), 403u);
  EXPECT_EQ(status("GET /api/x?token="), 403u);
  EXPECT_EQ(status("POST /api/x", with_token), 200u);
  EXPECT_FALSE(ask(request_text("GET /api/x", with_token)).headers.has("Set-Cookie"));
  RawResponse query = ask(request_text("GET /api/x?token=0123456789abcdef"));
  EXPECT_EQ(query.status, 200u);
  std::string set = named_cookie(query, "username-localhost-8888=");
  EXPECT_NE(set.find("; HttpOnly"), std::string::npos);
  EXPECT_NE(set.find("; Path=/;"), std::string::npos);
  std::string sent = "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
  EXPECT_EQ(ask(request_text("GET /api/x", sent)).body, "ada");
}

TEST_F(ServerAccess, ATokenLeavesTheAddressBar) {
  RawResponse page = ask(request_text("GET /lab?a=1&token=0123456789abcdef&b=x%20y"));
  EXPECT_EQ(page.status, 302u);
  EXPECT_EQ(page.headers.get("Location"), "/lab?a=1&b=x%20y");
  EXPECT_FALSE(named_cookie(page, "username-").empty());
}

TEST_F(ServerAccess, AStaleCookieIsCleared) {
  RawResponse stale = ask(request_text("GET /api/x", "Cookie: username-localhost-8888=AAAA\r\n"));
  EXPECT_EQ(stale.status, 403u);
  EXPECT_NE(named_cookie(stale, "username-localhost-8888=;").find("Max-Age=0"), std::string::npos);
  // A wrong token does not spoil a good cookie, nor lend it a token's rights.
  std::string wrong = "Authorization: token wrong\r\n" + with_cookie();
  EXPECT_EQ(status("GET /api/x", wrong), 200u);
  EXPECT_EQ(status("POST /api/x", wrong), 403u);
}

TEST_F(ServerAccess, ForeignHostsAreRefused) {
  auto asked_at = [&](std::string host) {
    return ask("GET /api HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status;
  };
  for (const char* ours : {"localhost", "LOCALHOST:1", "127.0.0.1:80", "127.8.9.1", "[::1]:8888"})
    EXPECT_EQ(asked_at(ours), 200u) << ours;
  for (const char* foreign :
       {"evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "[::2]", "",
        "127.1", "0.0.0.0", "evil.example:8888", "localhost@evil.example", "xlocalhost"})
    EXPECT_EQ(asked_at(foreign), 403u) << foreign;
  EXPECT_EQ(ask("GET /nothing HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 403u);
}

TEST_F(ServerAccess, ForeignOriginsAreRefused) {
  const std::string same = "Origin: http://localhost:8888\r\n";
  EXPECT_EQ(status("POST /api/x", with_token + same), 200u);
  EXPECT_EQ(status("GET /api/x", with_cookie(same)), 200u);
  for (std::string origin : {"http://evil.example", "http://localhost:9999", "null",
                             "http://localhost:8888.evil.example", "", "localhost:8888",
                             "http://evil.example/http://localhost:8888"}) {
    std::string field = "Origin: " + origin + "\r\n";
    EXPECT_EQ(status("POST /api/x", with_token + field), 403u) << origin;
    EXPECT_EQ(status("POST /api/x", with_cookie("X-XSRFToken: abc\r\n" + field)), 403u) << origin;
    EXPECT_EQ(status("GET /api/x", with_cookie(field)), 403u) << origin;
    RawResponse read = ask(request_text("GET /api/x", with_token + field));
    EXPECT_EQ(read.status, 200u) << origin;
    EXPECT_EQ(read.headers.get("Access-Control-Allow-Origin"), origin);
  }
  EXPECT_FALSE(ask(request_text("GET /api", same)).headers.has("Access-Control-Allow-Origin"));
}

TEST_F(ServerAccess, ACookieNeedsXsrfToChange) {
  EXPECT_EQ(status("POST /api/x", with_cookie("X-XSRFToken: abc\r\n")), 200u);
  EXPECT_EQ(status("POST /api/x?_xsrf=abc", with_cookie()), 200u);
  RawResponse refused = ask(request_text("POST /api/x", with_cookie()));
  EXPECT_EQ(refused.status, 403u);
  EXPECT_EQ(refused.body, R"({"message":"'_xsrf' argument missing from POST","reason":null})");
  EXPECT_EQ(status("POST /api/x", with_cookie("X-XSRFToken: abd\r\n")), 403u);
  EXPECT_EQ(status("POST /api/x", with_cookie("X-XSRFToken: \r\n")), 403u);
  EXPECT_EQ(status("POST /api/x", "Cookie: " + cookie() + "; _xsrf=\r\nX-XSRFToken: \r\n"), 403u);
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ(ask(request_text("POST /api/x", with_cookie(form), "a=1&_xsrf=abc")).status, 200u);
  EXPECT_EQ(ask(request_text("POST /api/x", with_cookie(form), "a=1&_xsrf=abd")).status, 403u);
  // A cookie of a parent domain stands before ours: JupyterLab sends the last one back.
  EXPECT_EQ(status("POST /api/x",
                   "Cookie: _xsrf=old; " + cookie() + "; _xsrf=new\r\nX-XSRFToken: new\r\n"),
            200u);
}

TEST_F(ServerAccess, FilesAskForTheirReferer) {
  EXPECT_EQ(status("GET /files/a.html", with_cookie()), 403u);
  EXPECT_EQ(status("GET /files/a.html", with_cookie("Referer: http://localhost:8888/lab\r\n")),
            200u);
  EXPECT_EQ(status("GET /files/a.html", with_cookie("Referer: http://evil.example/\r\n")), 403u);
  EXPECT_EQ(
      status("GET /files/a.html", with_cookie("Referer: http://localhost:8888@evil.example/\r\n")),
      403u);
  EXPECT_EQ(status("GET /files/a.html?_xsrf=abc", with_cookie()), 200u);
  EXPECT_EQ(status("GET /files/a.html", with_token), 200u);
}

TEST_F(ServerAccess, PreflightsAreAnsweredForTokensOnly) {
  const std::string foreign = "Origin: http://other.example\r\n";
  RawResponse with = ask(request_text(
      "OPTIONS /api/x", foreign + "Access-Control-Request-Headers: Authorization, x-a\r\n"));
  EXPECT_EQ(with.status, 200u);
  EXPECT_EQ(with.headers.get("Access-Control-Allow-Origin"), "http://other.example");
  RawResponse without = ask(request_text("OPTIONS /api/x", foreign));
  EXPECT_FALSE(without.headers.has("Access-Control-Allow-Origin"));
}

TEST_F(ServerAccess, ALinkSignsInOnceAndThePasswordPageWorks) {
  std::string once = authenticator->issue_link(test_identity());
  EXPECT_EQ(ask(request_text("HEAD /login?once=" + once), true).status, 200u);
  RawResponse first = ask(request_text("GET /login?once=" + once));
  EXPECT_EQ(first.status, 302u);
  EXPECT_EQ(first.headers.get("Location"), "/lab");
  std::string set = named_cookie(first, "username-");
  EXPECT_EQ(status("GET /lab", "Cookie: " + set.substr(0, set.find(';')) + "\r\n"), 200u);
  RawResponse second = ask(request_text("GET /login?once=" + once));
  EXPECT_EQ(second.status, 403u);
  EXPECT_TRUE(named_cookie(second, "username-").empty());

  RawResponse page = ask(request_text("GET /login?next=/lab/tree/a"));
  EXPECT_EQ(page.status, 200u);
  std::string xsrf = named_cookie(page, "_xsrf=");
  xsrf = xsrf.substr(6, xsrf.find(';') - 6);
  EXPECT_NE(page.body.find("value=\"" + xsrf + "\""), std::string::npos);
  const std::string fields =
      "Cookie: _xsrf=" + xsrf + "\r\nContent-Type: application/x-www-form-urlencoded\r\n";
  auto post = [&](std::string body) {
    return ask(request_text("POST /login?next=/lab/tree/a", fields, body));
  };
  EXPECT_EQ(post("password=wrong&_xsrf=" + xsrf).status, 401u);
  EXPECT_EQ(post("password=0123456789abcdef").status, 403u);
  RawResponse in = post("password=0123456789abcdef&_xsrf=" + xsrf);
  EXPECT_EQ(in.status, 302u);
  EXPECT_EQ(in.headers.get("Location"), "/lab/tree/a");
  RawResponse out = ask(request_text("GET /logout", with_cookie()));
  EXPECT_NE(named_cookie(out, "username-localhost-8888=;").find("Max-Age=0"), std::string::npos);
}

TEST(SignIn, NextStaysHere) {
  for (const char* good : {"/lab", "/lab?a=1", "/lab/tree/a%20b"})
    EXPECT_EQ(safe_location(good, "/", "/home"), good);
  for (const char* bad :
       {"", "//evil.example", "/\\evil.example", "http://evil.example", "lab", "/%2fevil.example",
        "/a/../..//x", "/a\r\nb", "javascript:alert(1)", "\\\\evil", "/%2e%2e/x"})
    EXPECT_EQ(safe_location(bad, "/", "/home"), "/home") << bad;
  EXPECT_EQ(safe_location("/other", "/base/", "/base/lab"), "/base/lab");
  EXPECT_EQ(safe_location("/base/x#y", "/base/", "/base/lab"), "/base/x");
}

TEST_F(ServerAccess, WebSocketsAskLikeEverybody) {
  const std::string upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  auto opened = [&](std::string path, std::string fields) {
    RawClient client(port);
    return client.ask(request_text("GET " + path, upgrade + fields)).status;
  };
  EXPECT_EQ(opened("/ws", ""), 403u);
  EXPECT_EQ(opened("/ws?token=0123456789abcdef", ""), 101u);
  EXPECT_EQ(opened("/ws", with_cookie()), 101u);
  EXPECT_EQ(opened("/ws", with_cookie("Origin: http://localhost:8888\r\n")), 101u);
  EXPECT_EQ(opened("/ws", with_cookie("Origin: http://evil.example\r\n")), 403u);
  EXPECT_EQ(opened("/ws?token=0123456789abcdef", "Origin: http://evil.example\r\n"), 403u);
  EXPECT_EQ(opened("/ws?token=0123456789abcdef", "Origin: null\r\n"), 403u);
  EXPECT_EQ(opened("/nothing", with_cookie()), 404u);
  EXPECT_EQ(status("GET /ws", with_cookie()), 426u);
}

}  // namespace
}  // namespace cloister::http
