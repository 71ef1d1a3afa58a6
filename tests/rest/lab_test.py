# SPDX-License-Identifier: Apache-2.0
"""What JupyterLab asks for beside files and kernels, and the server under other addresses and tokens."""

import json
import re
import unittest
import urllib.parse

from kernel_channels import Channels
from rest_case import RestTest, start_server

from support import waiting

THEMES = "@jupyterlab/apputils-extension:themes"


def config_of(page):
    text = re.search(r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', page, re.S)
    return json.loads(text.group(1))


class PageTest(RestTest):
    def page(self, path="/lab"):
        return self.get(path).body.decode()

    def test_its_configuration(self):
        page = self.page()
        config = config_of(page)
        must = (
            "baseUrl wsUrl appUrl appName appNamespace appVersion fullStaticUrl fullLabextensionsUrl "
            "federated_extensions disabledExtensions deferredExtensions lockedExtensions ignorePlugins mode workspace "
            "treePath terminalsAvailable token notebookVersion settingsUrl workspacesApiUrl themesUrl "
            "translationsApiUrl listingsUrl licensesUrl"
        )
        self.assertLessEqual(set(must.split()), set(config))
        self.assertEqual((config["baseUrl"], config["mode"], config["token"]), ("/", "multiple-document", ""))
        self.assertIsInstance(config["federated_extensions"], list)
        self.assertIsInstance(config["notebookVersion"], str)
        self.assertEqual(config["news"], {"disabled": True})
        for name in ("schemasDir", "staticDir", "templatesDir", "themesDir", "userSettingsDir", "workspacesDir"):
            self.assertEqual(config[name], "")

    def test_it_names_no_path_of_the_machine_and_no_secret(self):
        for path in ("/lab", "/doc", "/lab/tree/a.ipynb", "/lab/nothing"):
            page = self.page(path)
            self.assertNotIn(str(self.server.folder), page)
            self.assertNotIn(self.server.token, page)

    def test_its_addresses(self):
        for path, mode, workspace, tree in (
            ("/lab", "multiple-document", "default", ""),
            ("/doc", "single-document", "default", ""),
            ("/lab/tree/a/b.ipynb", "multiple-document", "default", "a/b.ipynb"),
            ("/lab/workspaces/auto-X_1", "multiple-document", "auto-X_1", ""),
            ("/lab/workspaces/w/tree/a.ipynb", "multiple-document", "w", "a.ipynb"),
            ("/doc/tree/%C3%A4%20b.ipynb", "single-document", "default", "ä b.ipynb"),
        ):
            with self.subTest(path):
                config = config_of(self.page(path))
                self.assertEqual((config["mode"], config["workspace"], config["treePath"]), (mode, workspace, tree))
        self.assertIn("notFoundUrl", config_of(self.page("/lab/nothing")))
        self.assertNotIn("notFoundUrl", config_of(self.page("/lab")))

    def test_an_address_cannot_break_out_of_it(self):
        evil = "</script><script>alert(1)</script>"
        page = self.page("/lab/tree/" + urllib.parse.quote(evil))
        self.assertEqual(config_of(page)["treePath"], evil)
        self.assertNotIn("<script>alert", page)

    def test_its_scripts_are_there(self):
        page = self.page()
        sources = re.findall(r'(?:src|href)="([^"]+)"', page)
        self.assertGreaterEqual(len(sources), 3)
        for source in sources:
            self.get(source)
        main = [source for source in sources if "main." in source]
        self.assertIn("immutable", self.get(main[0]).headers["Cache-Control"])
        self.assertEqual(self.get("/", 302).headers["Location"], "/lab")


class SettingsTest(RestTest):
    def address(self, name=THEMES):
        return "/lab/api/settings/" + urllib.parse.quote(name, safe="")

    def test_the_list(self):
        found = self.get("/lab/api/settings").json["settings"]
        self.assertGreater(len(found), 50)
        for one in found:
            self.assertLessEqual({"id", "schema", "version", "raw", "settings"}, set(one))
        ids = self.get("/lab/api/settings?ids_only=true").json["settings"]
        self.assertEqual({one["id"] for one in ids}, {one["id"] for one in found})
        self.assertEqual(set(ids[0]), {"id"})
        self.assertEqual(self.get("/lab/api/settings/?ids_only=true").json["settings"], ids)
        self.assertIn("workspaces", self.get("/lab/api/workspaces/").json)

    def test_one_is_read_changed_and_kept(self):
        before = self.get(self.address()).json
        self.assertEqual((before["id"], before["raw"], before["settings"]), (THEMES, "{}", {}))
        self.assertEqual((before["created"], before["last_modified"]), (None, None))
        raw = '{\n  // mine\n  "theme": "JupyterLab Dark",\n}'
        self.assertEqual(self.expect(204, "PUT", self.address(), {"raw": raw}).body, b"")
        after = self.get(self.address()).json
        self.assertEqual((after["raw"], after["settings"]), (raw, {"theme": "JupyterLab Dark"}))
        self.assertTrue(after["last_modified"])
        plain = self.get(f"/lab/api/settings/{THEMES}").json
        self.assertEqual(plain["raw"], raw)

    def test_bad_ones(self):
        for body in ({}, {"raw": 7}, {"raw": "{"}, {"raw": '{"theme": 7}'}, "{", "[]"):
            with self.subTest(body):
                self.refused(400, "PUT", self.address(), body)
        for name in ("@jupyterlab/nothing:plugin", "nothing", "@jupyterlab/apputils-extension:nothing"):
            with self.subTest(name):
                self.refused(404, "GET", self.address(name))
                self.refused(404, "PUT", self.address(name), {"raw": "{}"})
        for name in ("../../home:x", "@jupyterlab/apputils-extension:../../../x", "..:.."):
            with self.subTest(name):
                self.assertIn(self.call("GET", self.address(name)).status, (400, 404))
                self.assertIn(self.call("PUT", self.address(name), {"raw": "{}"}).status, (400, 404))


class WorkspacesTest(RestTest):
    def test_their_life(self):
        empty = self.get("/lab/api/workspaces/new").json
        self.assertEqual((empty["data"], empty["metadata"]["id"]), ({}, "/new"))
        workspace = {"data": {"a": 1}, "metadata": {"id": "mine"}}
        self.expect(204, "PUT", "/lab/api/workspaces/mine", workspace)
        found = self.get("/lab/api/workspaces/mine").json
        self.assertEqual((found["data"], found["metadata"]["id"]), ({"a": 1}, "mine"))
        self.assertTrue(found["metadata"]["last_modified"])
        everything = self.get("/lab/api/workspaces").json["workspaces"]
        self.assertEqual(everything["ids"], ["mine"])
        self.assertEqual(everything["values"][0]["data"], {"a": 1})
        self.expect(204, "DELETE", "/lab/api/workspaces/mine")
        self.refused(404, "DELETE", "/lab/api/workspaces/mine")
        self.assertEqual(self.get("/lab/api/workspaces").json["workspaces"], {"ids": [], "values": []})

    def test_bad_ones(self):
        good = {"data": {}, "metadata": {"id": "other"}}
        for body in (good, {"data": {}}, {"metadata": {"id": "x"}}, {}, "{", "[]"):
            with self.subTest(body):
                self.refused(400, "PUT", "/lab/api/workspaces/x", body)


class SmallTest(RestTest):
    def test_translations(self):
        found = self.get("/lab/api/translations").json
        self.assertEqual(found["data"]["en"], {"displayName": "English", "nativeName": "English"})
        for locale in ("en", "default", "xx_YY", "..."):
            with self.subTest(locale):
                self.assertEqual(self.get(f"/lab/api/translations/{locale}").json["data"], {})

    def test_themes(self):
        for theme in ("light", "dark"):
            reply = self.get(f"/lab/api/themes/@jupyterlab/theme-{theme}-extension/index.css")
            self.assertTrue(reply.headers["Content-Type"].startswith("text/css"))
            for address in re.findall(rb"url\(['\"]?(/[^'\")]+)", reply.body)[:5]:
                self.get(address.decode())
        for path in ("nothing/index.css", "@jupyterlab/theme-light-extension/nothing.css", "..%2f..%2fx.css"):
            with self.subTest(path):
                self.assertIn(self.call("GET", f"/lab/api/themes/{path}").status, (400, 404))

    def test_nothing_of_the_internet_is_asked(self):
        listings = self.get("/lab/api/listings/@jupyterlab/extensionmanager-extension/listings.json").json
        names = ("blocked_extensions_uris", "allowed_extensions_uris", "blocked_extensions", "allowed_extensions")
        self.assertEqual(listings, {name: [] for name in names})
        for path, answer in {
            "/lab/api/news": {"news": []},
            "/lab/api/update": {"notification": None},
            "/lab/api/build": {"status": "stable", "message": ""},
            "/lab/api/extensions": [],
            "/lab/api/licenses": {"bundles": {}},
        }.items():
            with self.subTest(path):
                self.assertEqual(self.get(path).json, answer)

    def test_sections_of_configuration(self):
        self.assertEqual(self.get("/api/config/test").json, {})
        self.expect(204, "PUT", "/api/config/test", {"a": {"b": 1, "c": 2}, "d": 3})
        changed = self.expect(200, "PATCH", "/api/config/test", {"a": {"b": None, "e": 5}, "d": None}).json
        self.assertEqual(changed, {"a": {"c": 2, "e": 5}})
        self.assertEqual(self.get("/api/config/test").json, changed)
        self.refused(400, "PUT", "/api/config/test", "[]")
        self.refused(400, "PATCH", "/api/config/test", "{")

    def test_sections_stay_in_their_folder(self):
        before = sorted(path for path in self.server.home.rglob("*.json"))
        for name in ("..%2fx", "%2e%2e%2fx", "a%2fb", ".x", "..", "a%00", "a%20b", "x" * 200, "%2ftmp%2fx", "%c3%a4"):
            with self.subTest(name):
                self.assertIn(self.call("PUT", f"/api/config/{name}", {"a": 1}).status, (400, 404))
                self.assertIn(self.call("PATCH", f"/api/config/{name}", {"a": 1}).status, (400, 404))
                self.assertIn(self.call("GET", f"/api/config/{name}").status, (400, 404))
        self.assertEqual(sorted(path for path in self.server.home.rglob("*.json")), before)

    def test_events(self):
        listeners = [self.socket("/api/events/subscribe") for _ in range(2)]
        event = {"schema_id": "https://example.org/event", "version": "1", "data": {"what": "this"}}
        self.expect(204, "POST", "/api/events", event)
        for listener in listeners:
            heard = json.loads(listener.receive()[1])
            self.assertEqual((heard["schema_id"], heard["what"]), (event["schema_id"], "this"))
        for missing in event:
            body = {name: value for name, value in event.items() if name != missing}
            self.refused(400, "POST", "/api/events", body)
        for body in ("[]", "{", None, {**event, "data": "text"}):
            self.refused(400, "POST", "/api/events", body)

    def test_who_i_am(self):
        asked = urllib.parse.quote(json.dumps({"contents": ["read", "write"]}))
        found = self.get(f"/api/me?permissions={asked}").json
        self.assertLessEqual({"username", "name", "display_name", "initials", "avatar_url", "color"},
                             set(found["identity"]))  # fmt: skip
        self.assertEqual(found["permissions"], {"contents": ["read", "write"]})
        self.assertEqual(self.get("/api/me").json["permissions"], {})
        for bad in ("{", "[]", '{"contents":"read"}'):
            self.refused(400, "GET", "/api/me?permissions=" + urllib.parse.quote(bad))

    def test_how_it_is(self):
        found = self.get("/api/status").json
        self.assertEqual(set(found), {"started", "last_activity", "kernels", "connections"})
        self.assertEqual((found["kernels"], found["connections"]), (0, 0))


class OtherServerTest(RestTest):
    """Servers of their own: other addresses, kept tokens, the end."""

    @classmethod
    def setUpClass(cls):
        cls.server = None

    def start(self, *options):
        self.server = start_server(self.addCleanup, *options)

    def test_shutting_down(self):
        self.start()
        self.refused(403, "POST", "/api/shutdown", token=False)
        listener = self.socket("/api/events/subscribe")
        self.expect(200, "POST", "/api/shutdown")
        self.assertEqual(self.server.process.wait(30), 0)
        self.assertIsNone(listener.receive())
        self.assertEqual(listener.closed_with, 1012)

    def test_another_base_address(self):
        self.start("--base-url", "/a%40b/")
        self.assertIn("/a%40b/login?once=", self.server.login)
        for base in ("/a%40b", "/a@b"):
            with self.subTest(base):
                self.get(f"{base}/api/me")
                config = config_of(self.get(f"{base}/lab").body.decode())
                self.assertEqual(urllib.parse.unquote(config["baseUrl"]), "/a@b/")
                self.assertEqual(urllib.parse.unquote(config["fullStaticUrl"]), "/a@b/static/lab")
                self.socket(f"{base}/api/events/subscribe").close()
        self.refused(404, "GET", "/api/me")
        self.assertIn(self.call("GET", "/lab").status, (302, 404))
        main = re.search(r'src="([^"]+main\.[^"]+)"', self.get("/a%40b/lab").body.decode()).group(1)
        self.get(main)
        reply = self.get("/a%40b/lab", 302, token=False)
        self.assertTrue(reply.headers["Location"].startswith("/a%40b/login?next="), reply.headers["Location"])
        cookies = self.sign_in()
        self.get("/a%40b/api/me", token=False, headers=self.with_cookies(cookies))
        kernel = self.expect(201, "POST", "/a%40b/api/kernels", {})
        self.assertTrue(kernel.headers["Location"].startswith("/a%40b/api/kernels/"))
        channels = Channels(self, kernel.json["id"])
        self.assertEqual(channels.printed("print('hello')"), "hello\n")
        made = self.expect(201, "POST", "/a%40b/api/contents", {"type": "file"})
        self.get(made.headers["Location"])

    def test_a_kept_token(self):
        self.start("--api-token-file", "token.txt")
        self.assertIsNone(self.server.token)
        file = self.server.folder / "token.txt"
        token = file.read_text().strip()
        self.assertGreaterEqual(len(token), 32)
        self.assertEqual(file.stat().st_mode & 0o077, 0)
        self.get("/api/me", headers={"Authorization": f"Bearer {token}"})
        self.refused(403, "GET", "/api/me", headers={"Authorization": f"Bearer {token}x"})
        self.assertNotIn(token, (self.server.folder / "serve.log").read_text())

    def test_no_secret_in_the_log(self):
        self.start()
        self.get(f"/api/me?token={self.server.token}", token=False)
        self.get(f"/lab?token={self.server.token}", 302, token=False)
        log = waiting.until((self.server.folder / "serve.log").read_text, 20, "a first line in the log")
        self.assertNotIn(self.server.token, log)


if __name__ == "__main__":
    unittest.main()
