# SPDX-License-Identifier: Apache-2.0
"""Who gets what: tokens, the login link, cookies and their second proof, foreign names and pages."""

import pathlib
import re
import unittest
import urllib.parse

from rest_case import RestTest
from web_socket import Refused

PAGES = ("/lab", "/lab/tree/a.ipynb", "/doc/tree/a.ipynb", "/")
READS = ("/api/contents", "/api/kernels", "/api/sessions", "/api/kernelspecs", "/api/me", "/api/status")
SOCKETS = ("/api/events/subscribe", "/api/kernels/9b6f7d0e-0000-4000-8000-000000000000/channels")


class TokenTest(RestTest):
    def test_without_a_token_the_interface_says_403(self):
        for path in (*READS, "/lab/api/settings", "/api/config/test", "/lab/api/themes/x", "/lab/api/news"):
            with self.subTest(path):
                self.refused(403, "GET", path, token=False)
        for method, path in (("POST", "/api/kernels"), ("PUT", "/api/contents/a.txt"), ("POST", "/api/shutdown")):
            with self.subTest(path):
                self.refused(403, method, path, {}, token=False)
        self.assertIsNone(self.server.process.poll())

    def test_without_a_token_pages_lead_to_the_login(self):
        for path in PAGES:
            with self.subTest(path):
                reply = self.get(path, 302, token=False)
                location = urllib.parse.urlsplit(reply.headers["Location"])
                self.assertEqual((location.path, urllib.parse.parse_qs(location.query)), ("/login", {"next": [path]}))

    def test_without_a_token_sockets_are_refused(self):
        for path in SOCKETS:
            with self.subTest(path), self.assertRaises(Refused) as refused:
                self.socket(path, token=False)
            self.assertEqual(refused.exception.status, 403)

    def test_files_of_the_front_end_need_it_too(self):
        main = re.search(r'src="(/static/lab/main\.[^"?]+)', self.get("/lab").body.decode()).group(1)
        self.refused(403, "GET", main, token=False)
        self.refused(403, "GET", "/lab/extensions/x/package.json", token=False)
        reply = self.get(main)
        self.assertIn("javascript", reply.headers["Content-Type"])

    def test_what_anyone_may_read(self):
        self.assertRegex(self.get("/api", token=False).json["version"], r"^2\.\d+\.\d+$")
        self.assertIn(b"Disallow: /", self.get("/robots.txt", token=False).body)
        self.assertIn(b"<form", self.get("/login", token=False).body)

    def test_a_wrong_token(self):
        wrong = "0" * len(self.server.token)
        for fields in (f"token {wrong}", f"Bearer {wrong}", "token", "token ", self.server.token, "Basic Og=="):
            with self.subTest(fields):
                self.refused(403, "GET", "/api/me", token=False, headers={"Authorization": fields})
        self.refused(403, "GET", f"/api/me?token={wrong}", token=False)
        self.refused(403, "GET", "/api/me?token=", token=False)
        self.refused(403, "GET", f"/api/me?token={self.server.token[:-1]}", token=False)

    def test_the_ways_to_show_it(self):
        for scheme in ("token", "Token", "Bearer", "bearer", "BEARER"):
            with self.subTest(scheme):
                fields = {"Authorization": f"{scheme} {self.server.token}"}
                self.get("/api/me", token=False, headers=fields)
        self.get(f"/api/me?token={self.server.token}", token=False)
        self.socket(f"/api/events/subscribe?token={self.server.token}", token=False).close()

    def test_a_token_in_a_pages_address_becomes_a_cookie_and_goes(self):
        reply = self.get(f"/lab?token={self.server.token}&reset=", 302, token=False)
        self.assertNotIn(self.server.token, reply.headers["Location"])
        value, field = reply.cookie("username-")
        self.assertTrue(value)
        self.assertNotIn(self.server.token, field)


class LoginTest(RestTest):
    def test_the_link_works_once(self):
        link = urllib.parse.urlsplit(self.server.login)
        target = f"{link.path}?{link.query}"
        self.get(f"{link.path}?once={'0' * 48}", 403, token=False)
        self.expect(403, "GET", f"{link.path}?once=", token=False)
        self.assertIsNone(self.call("HEAD", target, token=False).cookie("username-")[0])
        first = self.get(target, 302, token=False)
        value, field = first.cookie("username-")
        attributes = [part.strip().lower() for part in field.split(";")]
        self.assertIn("httponly", attributes)
        self.assertIn("path=/", attributes)
        self.assertTrue({"samesite=strict", "samesite=lax"} & set(attributes), field)
        second = self.get(target, 403, token=False)
        self.assertIsNone(second.cookie("username-")[0])
        name = field.split("=", 1)[0]
        page = self.get(first.headers["Location"], token=False, headers=self.with_cookies({name: value}))
        self.assertIn(b"jupyter-config-data", page.body)
        again = self.get(target, 302, token=False, headers=self.with_cookies({name: value}))
        self.assertTrue(again.headers["Location"].endswith("/lab"))

    def test_a_form_with_the_token(self):
        page = self.get("/login", token=False)
        xsrf, _ = page.cookie("_xsrf")
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"_xsrf={xsrf}"}
        good = f"password={self.server.token}&_xsrf={xsrf}"
        self.assertTrue(self.expect(302, "POST", "/login", good, token=False, headers=fields).cookie("username-")[0])
        wrong = self.expect(401, "POST", "/login", f"password=no&_xsrf={xsrf}", token=False, headers=fields)
        self.assertIn(b"Invalid credentials", wrong.body)
        self.assertIsNone(wrong.cookie("username-")[0])
        self.expect(403, "POST", "/login", f"password={self.server.token}", token=False, headers=fields)

    def test_the_next_page_is_one_of_ours(self):
        cookies = self.with_cookies(self.sign_in())
        for evil in (
            "//evil.example/",
            "https://evil.example/",
            "/\\evil.example",
            "/%2f/evil.example",
            "javascript:1",
        ):
            with self.subTest(evil):
                path = "/login?next=" + urllib.parse.quote(evil, safe="")
                self.assertEqual(self.get(path, 302, token=False, headers=cookies).headers["Location"], "/lab")
        path = "/login?next=" + urllib.parse.quote("/lab/tree/a.ipynb", safe="")
        self.assertEqual(self.get(path, 302, token=False, headers=cookies).headers["Location"], "/lab/tree/a.ipynb")

    def test_logging_out_forgets_the_cookie(self):
        reply = self.get("/logout", 302, token=False, headers=self.with_cookies(self.sign_in()))
        self.assertIn("max-age=0", reply.cookie("username-")[1].lower())

    def test_a_forged_cookie_is_nobody(self):
        (name, value), _ = self.sign_in().items()
        for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), "x", value[: len(value) // 2]):
            with self.subTest(forged):
                self.refused(403, "GET", "/api/me", token=False, headers=self.with_cookies({name: forged}))


class XsrfTest(RestTest):
    def test_a_cookie_alone_reads_and_changes_nothing(self):
        cookies = self.sign_in()
        plain = self.with_cookies(cookies)
        self.get("/api/me", token=False, headers=plain)
        for method, path in (("POST", "/api/contents"), ("PUT", "/api/contents/a.txt"), ("DELETE", "/api/contents/a")):
            with self.subTest(method):
                reply = self.refused(403, method, path, {}, token=False, headers=plain)
                self.assertIn("_xsrf", reply.message)
        wrong = self.with_cookies(cookies, **{"X-XSRFToken": "0" * 32})
        self.refused(403, "POST", "/api/contents", {}, token=False, headers=wrong)
        right = self.with_cookies(cookies, **{"X-XSRFToken": cookies["_xsrf"]})
        self.expect(201, "POST", "/api/contents", {}, token=False, headers=right)

    def test_the_second_proof_is_readable_by_the_page(self):
        _, field = self.get("/lab").cookie("_xsrf")
        self.assertNotIn("httponly", field.lower())

    def test_a_proof_without_a_cookie_is_nothing(self):
        fields = {"Cookie": "_xsrf=abcd", "X-XSRFToken": "abcd"}
        self.refused(403, "POST", "/api/contents", {}, token=False, headers=fields)

    def test_files_are_not_embedded_by_other_sites(self):
        (self.server.root / "seen.txt").write_text("x")
        cookies = self.sign_in()
        self.refused(403, "GET", "/files/seen.txt", token=False, headers=self.with_cookies(cookies))
        foreign = self.with_cookies(cookies, Referer="http://evil.example/lab")
        self.refused(403, "GET", "/files/seen.txt", token=False, headers=foreign)
        ours = self.with_cookies(cookies, Referer=f"http://127.0.0.1:{self.server.port}/lab")
        self.get("/files/seen.txt", token=False, headers=ours)
        self.get(f"/files/seen.txt?_xsrf={cookies['_xsrf']}", token=False, headers=self.with_cookies(cookies))


class ForeignTest(RestTest):
    HOSTS = ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "")

    def test_foreign_hosts(self):
        for host in self.HOSTS[:-1]:
            with self.subTest(host):
                self.refused(403, "GET", "/api/me", host=host)
                self.refused(403, "GET", "/api", host=host, token=False)
                self.refused(403, "GET", "/lab", host=host)
                self.refused(403, "GET", "/nothing-here", host=host)
                with self.assertRaises(Refused) as refused:
                    self.socket("/api/events/subscribe", headers={"Host": host})
                self.assertEqual(refused.exception.status, 403)

    def test_our_own_names(self):
        for host in ("localhost", f"localhost:{self.server.port}", "127.0.0.1", "[::1]:80", "LOCALHOST"):
            with self.subTest(host):
                self.get("/api/me", host=host)

    def test_foreign_origins_change_nothing_even_with_a_token(self):
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{self.server.port + 1}", "http://localhost"):
            with self.subTest(origin):
                fields = {"Origin": origin}
                self.refused(403, "POST", "/api/contents", {}, headers=fields)
                self.refused(403, "PUT", "/api/contents/o.txt", {"type": "file"}, headers=fields)
                with self.assertRaises(Refused) as refused:
                    self.socket("/api/events/subscribe", headers=fields)
                self.assertEqual(refused.exception.status, 403)
        self.assertFalse((self.server.root / "o.txt").exists())

    def test_our_own_origin(self):
        fields = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        self.expect(201, "POST", "/api/contents", {}, headers=fields)
        self.socket("/api/events/subscribe", headers=fields).close()

    def test_a_foreign_page_with_a_cookie_reads_nothing(self):
        cookies = self.with_cookies(self.sign_in(), Origin="http://evil.example")
        reply = self.refused(403, "GET", "/api/contents", token=False, headers=cookies)
        self.assertIsNone(reply.headers["Access-Control-Allow-Origin"])


class AddressTest(RestTest):
    def test_unknown_paths(self):
        for path in ("/nothing", "/api/nothing", "/static/lab/nothing.js", "/api/kernels/a/b/c"):
            with self.subTest(path):
                self.refused(404, "GET", path)

    def test_wrong_methods(self):
        for method, path, allowed in (
            ("DELETE", "/api/kernels", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("PUT", "/api/me", {"GET", "HEAD", "OPTIONS"}),
            ("POST", "/lab/api/news", {"GET", "HEAD", "OPTIONS"}),
            ("GET", "/api/shutdown", {"POST", "OPTIONS"}),
        ):
            with self.subTest(path):
                reply = self.refused(405, method, path)
                self.assertEqual({word.strip() for word in reply.headers["Allow"].split(",")}, allowed)
        self.expect(501, "BREW", "/api/me")

    def test_a_page_is_no_socket_and_a_socket_no_page(self):
        self.expect(426, "GET", "/api/events/subscribe")
        with self.assertRaises(Refused) as refused:
            self.socket("/api/me")
        self.assertIn(refused.exception.status, (400, 404, 405))

    def test_paths_that_walk(self):
        inside = "/static/lab/../../share/x"
        for path in (inside, "/static/lab/%2e%2e/%2e%2e/bin/cloister", "/static/lab/..%2f..%2fbin%2fcloister",
                     "/lab/extensions/../../bin/cloister", "/lab/api/themes/../../../bin/cloister",
                     "//etc/passwd", "/static/lab//etc/passwd", "/static/lab/%00", "/%",
                     "/static/lab/%ff"):  # fmt: skip
            with self.subTest(path):
                self.assertIn(self.call("GET", path).status, (400, 404))

    def test_a_slash_too_many_leads_on(self):
        self.assertEqual(self.get("/api/kernels/", 302).headers["Location"], "/api/kernels")

    def test_cache_busters_and_unknown_keys_are_ignored(self):
        self.get("/api/kernels?1700000000000")
        self.get("/api/contents?content=0&1700000000000")

    def test_every_answer_has_a_policy(self):
        (self.server.root / "page.html").write_text("<script>1</script>")
        for path in ("/lab", "/login", "/api/me", "/api/nothing", "/files/page.html", "/static/favicons/favicon.svg"):
            with self.subTest(path):
                reply = self.call("GET", path, token=path != "/login")
                policy = reply.headers["Content-Security-Policy"]
                self.assertIn("frame-ancestors 'self'", policy)
                self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
        page = self.get("/lab").headers["Content-Security-Policy"]
        self.assertIn("connect-src 'self'", page)
        for loose in ("*", "http:", "https:", "script-src 'self' 'unsafe-inline'"):
            self.assertNotIn(loose, page)
        self.assertIn("default-src 'none'", self.get("/api/me").headers["Content-Security-Policy"])
        data = self.get("/files/page.html").headers["Content-Security-Policy"]
        self.assertIn("sandbox", data)
        self.assertNotIn("allow-same-origin", data)

    def test_reports_of_pages_are_taken(self):
        self.expect(204, "POST", "/api/security/csp-report", {}, token=False)

    def test_only_loopback_listens(self):
        inodes = set()
        for entry in pathlib.Path(f"/proc/{self.server.process.pid}/fd").iterdir():
            target = str(entry.readlink()) if entry.is_symlink() else ""
            inodes.update(re.findall(r"socket:\[(\d+)\]", target))
        listening = []
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in pathlib.Path(f"/proc/{self.server.process.pid}/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                listens = table.startswith("udp") or words[3] == "0A"
                if listens and words[9] in inodes:
                    listening.append((table, words[1]))
        self.assertEqual(listening, [("tcp", f"0100007F:{self.server.port:04X}")])


if __name__ == "__main__":
    unittest.main()
