# SPDX-License-Identifier: Apache-2.0
"""/api/contents and /files: files, notebooks, folders, checkpoints, and the edge of the root."""

import base64
import email.utils
import hashlib
import json
import os
import sys
import time
import unittest

from rest_case import RestTest

KEYS = {"name", "path", "type", "writable", "created", "last_modified", "size", "mimetype", "content", "format"}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"


def notebook(*sources):
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for i, text in enumerate(sources)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


class ContentsTest(RestTest):
    def setUp(self):
        self.folder = "-".join(self.id().split(".")[1:])
        self.place = self.server.root / self.folder
        self.place.mkdir()
        if os.geteuid() == 0:
            owner = self.server.root.stat()
            os.chown(self.place, owner.st_uid, owner.st_gid)

    def at(self, name="", query=""):
        return f"/api/contents/{self.folder}" + (f"/{name}" if name else "") + query

    def model(self, name="", query="?content=0"):
        return self.get(self.at(name, query)).json

    def save(self, name, status=201, **model):
        return self.expect(status, "PUT", self.at(name), model)

    def save_text(self, name, text, status=201):
        return self.save(name, status, type="file", format="text", content=text)


class MakeTest(ContentsTest):
    def test_untitled_ones_are_numbered(self):
        wanted = {
            "file": ("untitled.txt", "untitled1.txt", "untitled2.txt"),
            "notebook": ("Untitled.ipynb", "Untitled1.ipynb", "Untitled2.ipynb"),
            "directory": ("Untitled Folder", "Untitled Folder 1", "Untitled Folder 2"),
        }
        for kind, names in wanted.items():
            for name in names:
                body = {"type": kind, **({"ext": ".txt"} if kind == "file" else {})}
                reply = self.expect(201, "POST", self.at(), body)
                path = f"{self.folder}/{name}"
                self.assertEqual((reply.json["name"], reply.json["path"], reply.json["type"]), (name, path, kind))
                self.assertIsNone(reply.json["content"])
                self.assertEqual(reply.headers["Location"], "/api/contents/" + path.replace(" ", "%20"))
                self.get(reply.headers["Location"])

    def test_without_a_body_a_plain_file(self):
        self.assertEqual(self.expect(201, "POST", self.at()).json["name"], "untitled")
        self.assertEqual(self.expect(201, "POST", self.at(), {}).json["name"], "untitled1")

    def test_bad_requests(self):
        self.save_text("a.txt", "x")
        self.refused(404, "POST", self.at("nowhere"), {"type": "file"})
        self.refused(400, "POST", self.at("a.txt"), {"type": "file"})
        self.refused(400, "POST", self.at(), {"type": "symlink"})
        self.refused(400, "POST", self.at(), {"type": "file", "ext": "/../x"})
        self.refused(400, "POST", self.at(), "[1]")
        self.refused(400, "POST", self.at(), "{")

    def test_copies(self):
        self.save_text("a.txt", "x")
        self.save("n.ipynb", type="notebook", format="json", content=notebook("1"))
        for name, copies in {"a.txt": ("a-Copy1.txt", "a-Copy2.txt"), "n.ipynb": ("n-Copy1.ipynb",)}.items():
            for copy in copies:
                reply = self.expect(201, "POST", self.at(), {"copy_from": f"{self.folder}/{name}"})
                self.assertEqual(reply.json["name"], copy)
        self.assertEqual((self.place / "a-Copy2.txt").read_text(), "x")
        self.refused(404, "POST", self.at(), {"copy_from": f"{self.folder}/nothing"})
        self.refused(404, "POST", self.at(), {"copy_from": "../home.json"})
        self.refused(400, "PUT", self.at("b.txt"), {"copy_from": f"{self.folder}/a.txt"})

    def test_a_folder_is_copied_whole(self):
        self.save("d", type="directory")
        self.save_text("d/a.txt", "deep")
        self.expect(201, "POST", self.at(), {"copy_from": f"{self.folder}/d"})
        self.assertEqual((self.place / "d-Copy1/a.txt").read_text(), "deep")
        self.refused(400, "POST", self.at("d"), {"copy_from": self.folder})


class ReadTest(ContentsTest):
    def test_a_text_file(self):
        self.save_text("a.py", "é = 1\n")
        model = self.model("a.py", "?hash=1")
        self.assertLessEqual(KEYS | {"hash", "hash_algorithm"}, set(model))
        self.assertEqual((model["content"], model["format"], model["size"]), ("é = 1\n", "text", 7))
        self.assertEqual(model["mimetype"], "text/x-python")
        self.assertEqual(model["hash_algorithm"], "sha256")
        self.assertEqual(model["hash"], hashlib.sha256("é = 1\n".encode()).hexdigest())
        self.assertRegex(model["created"], TIME)
        self.assertRegex(model["last_modified"], TIME)
        self.assertTrue(model["writable"])
        plain = self.model("a.py")
        self.assertEqual((plain["content"], plain["format"], plain["hash"]), (None, None, None))
        self.assertEqual(self.model("a.py", "?content=0&hash=1")["hash"], model["hash"])

    def test_bytes(self):
        data = bytes(range(256))
        (self.place / "a.bin").write_bytes(data)
        model = self.model("a.bin", "")
        self.assertEqual((model["format"], model["mimetype"]), ("base64", "application/octet-stream"))
        self.assertEqual(base64.b64decode(model["content"]), data)
        reply = self.refused(400, "GET", self.at("a.bin", "?format=text"))
        self.assertEqual(reply.json["reason"], "bad format")
        (self.place / "a.txt").write_text("hi")
        self.assertEqual(self.model("a.txt", "?format=base64")["content"].strip(), "aGk=")

    def test_a_notebook(self):
        self.save("n.ipynb", type="notebook", format="json", content=notebook("a = 1\nb", "2"))
        model = self.model("n.ipynb", "")
        self.assertEqual((model["type"], model["format"], model["mimetype"]), ("notebook", "json", None))
        self.assertEqual(model["content"]["cells"][0]["source"], "a = 1\nb")
        as_file = self.model("n.ipynb", "?type=file&format=text")
        self.assertEqual(as_file["type"], "file")
        stored = (self.place / "n.ipynb").read_text()
        self.assertEqual(as_file["content"], stored)
        self.assertEqual(stored, json.dumps(json.loads(stored), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        self.assertEqual(json.loads(stored)["cells"][0]["source"], ["a = 1\n", "b"])

    def test_a_broken_notebook(self):
        (self.place / "n.ipynb").write_text("{")
        self.refused(400, "GET", self.at("n.ipynb"))
        self.model("n.ipynb", "?content=0")
        self.model("n.ipynb", "?type=file")

    def test_a_folder(self):
        self.save_text("b.txt", "x")
        self.save("a", type="directory")
        for name in (".hidden", "x.pyc", "x~", "__pycache__", ".DS_Store"):
            (self.place / name).write_text("")
        os.mkfifo(self.place / "pipe")
        (self.place / "dangling").symlink_to("nothing")
        model = self.model("", "")
        self.assertEqual((model["format"], model["size"], model["mimetype"]), ("json", None, None))
        self.assertEqual(sorted(child["name"] for child in model["content"]), ["a", "b.txt"])
        for child in model["content"]:
            self.assertEqual((child["content"], child["format"]), (None, None))
            self.assertEqual(child["path"], f"{self.folder}/{child['name']}")
        self.assertIsNone(self.model("")["content"])
        root = self.get("/api/contents").json
        self.assertEqual((root["path"], root["name"], root["type"]), ("", "", "directory"))
        self.assertEqual(self.get("/api/contents/").status, 200)

    def test_bad_requests(self):
        self.save_text("a.txt", "x")
        self.refused(404, "GET", self.at("nothing"))
        self.refused(404, "GET", self.at("nothing/deeper"))
        self.refused(404, "GET", self.at("a.txt/deeper"))
        for query in ("?type=symlink", "?format=xml", "?content=2", "?hash=yes"):
            with self.subTest(query):
                self.refused(400, "GET", self.at("a.txt", query))
        for path, query in (("a.txt", "?type=directory"), ("", "?type=file"), ("", "?type=notebook")):
            with self.subTest(path + query):
                self.assertEqual(self.refused(400, "GET", self.at(path, query)).json["reason"], "bad type")

    def test_names_of_all_kinds(self):
        for name, raw in (
            ("ä b.txt", "%C3%A4%20b.txt"),
            ("a+b&c=d.txt", "a+b&c=d.txt"),
            ("100%?.txt", "100%25%3F.txt"),
        ):
            with self.subTest(name):
                self.save_text(raw, name)
                self.assertEqual((self.place / name).read_text(), name)
                self.assertEqual(self.model(raw, "")["name"], name)

    def test_a_large_folder(self):
        for i in range(10_000):
            (self.place / f"{i:05}.csv").touch()
        began = time.monotonic()
        reply = self.get(self.at())
        seconds = time.monotonic() - began
        self.assertEqual(len(reply.json["content"]), 10_000)
        print(f"a folder of 10,000 files: {seconds * 1000:.0f} ms, {len(reply.body):,} bytes", file=sys.stderr)


class SaveTest(ContentsTest):
    def test_new_and_known(self):
        reply = self.save_text("a.txt", "one")
        self.assertEqual(reply.headers["Location"], f"/api/contents/{self.folder}/a.txt")
        self.assertIsNone(reply.json["content"])
        reply = self.save_text("a.txt", "two", status=200)
        self.assertIsNone(reply.headers["Location"])
        self.assertEqual((self.place / "a.txt").read_text(), "two")
        self.save("b.bin", type="file", format="base64", content=base64.encodebytes(b"\x00\xff" * 99).decode())
        self.assertEqual((self.place / "b.bin").read_bytes(), b"\x00\xff" * 99)
        self.save("d", type="directory")
        self.save("d", 200, type="directory")
        self.assertTrue((self.place / "d").is_dir())

    def test_a_notebook_that_is_none_is_told(self):
        content = notebook("1")
        content["cells"][0]["cell_type"] = "poem"
        model = self.save("n.ipynb", type="notebook", format="json", content=content).json
        self.assertIn("Notebook validation failed", model["message"])
        self.assertTrue((self.place / "n.ipynb").is_file())

    def test_without_a_body_an_empty_one(self):
        self.assertEqual(self.expect(201, "PUT", self.at("n.ipynb")).json["type"], "notebook")
        self.assertEqual(self.expect(201, "PUT", self.at("a.txt")).json["type"], "file")
        self.assertEqual(self.model("n.ipynb", "")["content"]["cells"], [])

    def test_bad_requests(self):
        self.save_text("a.txt", "x")
        for model in (
            {"format": "text", "content": "y"},
            {"type": "file", "format": "text"},
            {"type": "poem", "format": "text", "content": "y"},
            {"type": "file", "format": "xml", "content": "y"},
            {"type": "file", "format": "base64", "content": "%%%"},
            {"type": "file", "format": "text", "content": 7},
            {"type": "directory"},
            {"type": "notebook", "format": "json", "content": "y"},
        ):
            with self.subTest(model):
                self.refused(400, "PUT", self.at("a.txt"), model)
        self.refused(400, "PUT", self.at("a.txt"), "{")
        self.refused(404, "PUT", self.at("no/a.txt"), {"type": "file", "format": "text", "content": ""})
        self.refused(400, "PUT", "/api/contents/", {"type": "directory"})
        self.assertEqual((self.place / "a.txt").read_text(), "x")

    def test_a_file_in_parts(self):
        data = os.urandom(300_000)
        part = lambda i: base64.b64encode(data[i * 100_000 : (i + 1) * 100_000]).decode()
        upload = lambda chunk, i: {"type": "file", "format": "base64", "chunk": chunk, "content": part(i)}
        self.save("big.bin", 201, **upload(1, 0))
        self.assertFalse((self.place / "big.bin").exists(), "it comes when it is whole")
        self.save("big.bin", 200, **upload(2, 1))
        reply = self.expect(201, "PUT", self.at("big.bin"), upload(-1, 2))
        self.assertEqual(reply.json["size"], 300_000)
        self.assertEqual((self.place / "big.bin").read_bytes(), data)
        self.assertEqual([child["name"] for child in self.model("", "")["content"]], ["big.bin"])

    def test_parts_out_of_order(self):
        part = {"type": "file", "format": "text", "content": "x"}
        self.refused(409, "PUT", self.at("a.txt"), {**part, "chunk": 2})
        self.save("a.txt", 201, **part, chunk=1)
        self.refused(409, "PUT", self.at("a.txt"), {**part, "chunk": 3})
        self.refused(400, "PUT", self.at("a.txt"), {"type": "notebook", "format": "json", "content": {}, "chunk": 1})
        self.refused(400, "PUT", self.at("a.txt"), {"type": "file", "format": "text", "chunk": 1})


class ChangeTest(ContentsTest):
    def test_renaming(self):
        self.save_text("a.txt", "x")
        self.save("d", type="directory")
        reply = self.expect(200, "PATCH", self.at("a.txt"), {"path": f"{self.folder}/d/b.txt"})
        self.assertEqual((reply.json["path"], reply.json["content"]), (f"{self.folder}/d/b.txt", None))
        self.assertEqual((self.place / "d/b.txt").read_text(), "x")
        self.expect(200, "PATCH", self.at("d"), {"path": f"{self.folder}/e"})
        self.assertEqual((self.place / "e/b.txt").read_text(), "x")

    def test_bad_renaming(self):
        self.save_text("a.txt", "a")
        self.save_text("b.txt", "b")
        self.save("d", type="directory")
        self.refused(409, "PATCH", self.at("a.txt"), {"path": f"{self.folder}/b.txt"})
        self.refused(409, "PATCH", self.at("a.txt"), {"path": f"{self.folder}/d"})
        self.refused(404, "PATCH", self.at("nothing"), {"path": f"{self.folder}/c.txt"})
        self.refused(404, "PATCH", self.at("a.txt"), {"path": f"{self.folder}/no/c.txt"})
        self.refused(404, "PATCH", self.at("a.txt"), {"path": "../c.txt"})
        for body in (
            {},
            {"path": ""},
            {"path": 7},
            {"path": f"{self.folder}/.c"},
            {"path": f"{self.folder}/{'x' * 300}"},
        ):
            with self.subTest(body):
                self.refused(400, "PATCH", self.at("a.txt"), body)
        self.refused(400, "PATCH", self.at("d"), {"path": f"{self.folder}/d/d"})
        self.assertEqual((self.place / "b.txt").read_text(), "b")

    def test_deleting(self):
        self.save_text("a.txt", "a")
        self.save("d", type="directory")
        self.assertEqual(self.expect(204, "DELETE", self.at("a.txt")).body, b"")
        self.assertFalse((self.place / "a.txt").exists())
        self.expect(204, "DELETE", self.at("d"))
        self.refused(404, "DELETE", self.at("a.txt"))
        self.refused(400, "DELETE", "/api/contents/")
        self.refused(400, "DELETE", "/api/contents")
        self.assertTrue(self.place.is_dir())


class CheckpointTest(ContentsTest):
    def test_their_life(self):
        self.save_text("a.txt", "one")
        all_of_them = self.at("a.txt/checkpoints")
        self.assertEqual(self.get(all_of_them).json, [])
        reply = self.expect(201, "POST", all_of_them)
        self.assertEqual(reply.json["id"], "checkpoint")
        self.assertRegex(reply.json["last_modified"], TIME)
        self.assertEqual(reply.headers["Location"], all_of_them + "/checkpoint")
        self.assertEqual(self.get(all_of_them).json, [reply.json])
        self.save_text("a.txt", "two", status=200)
        self.expect(204, "POST", all_of_them + "/checkpoint")
        self.assertEqual((self.place / "a.txt").read_text(), "one")
        self.expect(204, "DELETE", all_of_them + "/checkpoint")
        self.assertEqual(self.get(all_of_them).json, [])
        self.assertEqual([child["name"] for child in self.model("", "")["content"]], ["a.txt"])

    def test_what_is_not_there(self):
        self.save_text("a.txt", "one")
        for method, path in (
            ("GET", "no.txt/checkpoints"),
            ("POST", "no.txt/checkpoints"),
            ("POST", "a.txt/checkpoints/checkpoint"),
            ("DELETE", "a.txt/checkpoints/checkpoint"),
            ("POST", "a.txt/checkpoints/other"),
            ("POST", "a.txt/checkpoints/..."),
        ):
            with self.subTest(f"{method} {path}"):
                self.refused(404, method, self.at(path))

    def test_they_follow_a_renamed_file_and_go_with_it(self):
        self.save_text("a.txt", "one")
        self.expect(201, "POST", self.at("a.txt/checkpoints"))
        self.expect(200, "PATCH", self.at("a.txt"), {"path": f"{self.folder}/b.txt"})
        self.assertEqual(len(self.get(self.at("b.txt/checkpoints")).json), 1)
        self.expect(204, "DELETE", self.at("b.txt"))
        self.save_text("b.txt", "new")
        self.assertEqual(self.get(self.at("b.txt/checkpoints")).json, [])

    def test_a_notebook_has_one_from_its_first_save(self):
        self.save("n.ipynb", type="notebook", format="json", content=notebook("1"))
        self.assertEqual(len(self.get(self.at("n.ipynb/checkpoints")).json), 1)

    def test_trust(self):
        (self.place / "n.ipynb").write_text(json.dumps(notebook("1")))
        trusted = lambda: self.model("n.ipynb", "")["content"]["cells"][0]["metadata"]["trusted"]
        content = notebook("1")
        content["cells"][0]["outputs"] = [
            {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}, "metadata": {}}
        ]
        (self.place / "n.ipynb").write_text(json.dumps(content))
        self.assertFalse(trusted())
        self.expect(201, "POST", self.at("n.ipynb/trust"))
        self.assertTrue(trusted())
        self.refused(404, "POST", self.at("no.ipynb/trust"))


class EdgeTest(ContentsTest):
    """The root ends where it ends; paths go out as they stand here, byte for byte."""

    WALKS = ("../home.json", "../../passphrase", "%2e%2e/home.json", "%2e%2e%2fhome.json", "..%2fhome.json",
             "%2E%2E/%2E%2E/passphrase", "x/../../home.json", "./../home.json", "..%5chome.json", "/etc/passwd",
             "%2fetc%2fpasswd", "..%c0%afhome.json", "..%00/home.json", "....//home.json")  # fmt: skip

    def test_nothing_walks_out(self):
        for walk in self.WALKS:
            for place in (f"/api/contents/{walk}", f"/api/contents/{self.folder}/{walk}", f"/files/{walk}"):
                with self.subTest(place):
                    reply = self.call("GET", place)
                    self.assertIn(reply.status, (400, 404))
                    self.assertNotIn(b"ledger_key", reply.body)
                    self.assertNotIn(str(self.server.folder).encode(), reply.body)
        for walk in self.WALKS[:8]:
            with self.subTest(walk):
                body = {"type": "file", "format": "text", "content": "evil"}
                self.assertIn(self.call("PUT", f"/api/contents/{walk}", body).status, (400, 404))
                self.assertIn(self.call("DELETE", f"/api/contents/{walk}").status, (400, 404))
        self.assertIn("ledger_key", (self.server.home / "home.json").read_text())

    def test_a_neighbour_with_the_same_beginning_is_outside(self):
        neighbour = self.server.home / "workspacetest"
        neighbour.mkdir()
        (neighbour / "secret.txt").write_text("secret")
        for path in ("../workspacetest/secret.txt", "..%2fworkspacetest%2fsecret.txt"):
            self.assertIn(self.call("GET", f"/api/contents/{path}").status, (400, 404))

    def test_hidden_names(self):
        (self.place / ".secret").write_text("x")
        (self.place / ".d").mkdir()
        (self.place / ".d/a.txt").write_text("x")
        for name in (".secret", ".d/a.txt", ".d"):
            with self.subTest(name):
                self.refused(404, "GET", self.at(name))
                self.refused(404, "GET", f"/files/{self.folder}/{name}")
                self.refused(400, "PUT", self.at(name), {"type": "file", "format": "text", "content": ""})
                self.refused(400, "DELETE", self.at(name))
                self.refused(400, "PATCH", self.at(name), {"path": f"{self.folder}/seen"})
        self.assertEqual((self.place / ".secret").read_text(), "x")

    def test_links_that_lead_out(self):
        (self.place / "file").symlink_to(self.server.home / "home.json")
        (self.place / "folder").symlink_to(self.server.home)
        for name in ("file", "folder", "folder/home.json"):
            with self.subTest(name):
                self.refused(404, "GET", self.at(name))
                self.refused(404, "GET", f"/files/{self.folder}/{name}")
        body = {"type": "file", "format": "text", "content": "evil"}
        for name in ("file", "folder/home.json", "folder/new.txt"):
            with self.subTest(name):
                self.assertIn(self.call("PUT", self.at(name), body).status, (400, 403, 404, 409))
        self.refused(404, "POST", self.at(), {"copy_from": f"{self.folder}/file"})
        self.assertIn("ledger_key", (self.server.home / "home.json").read_text())
        self.assertFalse((self.server.home / "new.txt").exists())
        self.assertEqual(self.model("", "")["content"], [])

    def test_links_inside(self):
        self.save_text("a.txt", "x")
        (self.place / "b.txt").symlink_to("a.txt")
        self.assertEqual(self.model("b.txt", "")["content"], "x")
        self.save_text("b.txt", "y", status=200)
        self.assertEqual((self.place / "a.txt").read_text(), "y")
        self.assertTrue((self.place / "b.txt").is_symlink())

    def test_errors_name_no_path_of_the_machine(self):
        for method, path in (("GET", self.at("no")), ("PATCH", self.at("no")), ("DELETE", self.at("no"))):
            reply = self.call(method, path, {"path": "x"} if method == "PATCH" else None)
            self.assertNotIn(str(self.server.folder), reply.body.decode())


class FilesTest(ContentsTest):
    def file(self, name, **options):
        return self.call("GET", f"/files/{self.folder}/{name}", **options)

    def test_a_whole_file(self):
        (self.place / "a.csv").write_text("a,b\n1,2\n")
        reply = self.file("a.csv")
        self.assertEqual((reply.status, reply.body), (200, b"a,b\n1,2\n"))
        self.assertTrue(reply.headers["Content-Type"].startswith("text/csv"))
        self.assertIsNone(reply.headers["Content-Disposition"])
        self.assertEqual(reply.headers["Cache-Control"], "no-cache")
        self.assertEqual(self.call("HEAD", f"/files/{self.folder}/a.csv").headers["Content-Length"], "8")
        self.assertEqual(self.file("no.csv").status, 404)
        self.assertEqual(self.call("GET", f"/files/{self.folder}").status, 400)

    def test_a_download(self):
        (self.place / 'ä "b".csv').write_text("x")
        reply = self.file("%C3%A4%20%22b%22.csv?download=1")
        field = reply.headers["Content-Disposition"]
        self.assertEqual(field, "attachment; filename*=utf-8''%C3%A4%20%22b%22.csv")

    def test_ranges(self):
        (self.place / "a.bin").write_bytes(bytes(range(100)))
        for asked, status, body in (
            ("bytes=0-9", 206, bytes(range(10))),
            ("bytes=90-", 206, bytes(range(90, 100))),
            ("bytes=-5", 206, bytes(range(95, 100))),
            ("bytes=50-1000", 206, bytes(range(50, 100))),
            ("lines=1-2", 200, bytes(range(100))),
        ):
            with self.subTest(asked):
                reply = self.file("a.bin", headers={"Range": asked})
                self.assertEqual((reply.status, reply.body), (status, body))
        self.assertEqual(self.file("a.bin", headers={"Range": "bytes=0-9"}).headers["Content-Range"], "bytes 0-9/100")
        reply = self.file("a.bin", headers={"Range": "bytes=100-"})
        self.assertEqual((reply.status, reply.headers["Content-Range"]), (416, "bytes */100"))

    def test_unchanged_files_are_not_sent_again(self):
        (self.place / "a.txt").write_text("one")
        os.utime(self.place / "a.txt", (1_700_000_000, 1_700_000_000))
        first = self.file("a.txt")
        modified = first.headers["Last-Modified"]
        self.assertEqual(email.utils.parsedate_to_datetime(modified).timestamp(), 1_700_000_000)
        self.assertEqual(self.file("a.txt", headers={"If-Modified-Since": modified}).status, 304)
        if first.headers["ETag"]:
            self.assertEqual(self.file("a.txt", headers={"If-None-Match": first.headers["ETag"]}).status, 304)
        (self.place / "a.txt").write_text("two")
        self.assertEqual(self.file("a.txt", headers={"If-Modified-Since": modified}).body, b"two")
        if first.headers["ETag"]:
            self.assertEqual(self.file("a.txt", headers={"If-None-Match": first.headers["ETag"]}).body, b"two")

    def test_models_say_when_they_changed(self):
        self.save_text("a.txt", "x")
        os.utime(self.place / "a.txt", (1_700_000_000, 1_700_000_000))
        reply = self.get(self.at("a.txt"))
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        self.assertEqual(reply.json["last_modified"], "2023-11-14T22:13:20.000000Z")
        self.assertEqual(email.utils.parsedate_to_datetime(reply.headers["Last-Modified"]).timestamp(), 1_700_000_000)


if __name__ == "__main__":
    unittest.main()
