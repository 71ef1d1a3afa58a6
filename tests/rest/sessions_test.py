# SPDX-License-Identifier: Apache-2.0
"""/api/sessions: which document has which kernel."""

import unittest

from rest_case import RestTest

NOBODY = "9b6f7d0e-0000-4000-8000-000000000000"


class SessionsTest(RestTest):
    def setUp(self):
        self.addCleanup(self.end_all)

    def end_all(self):
        for session in self.get("/api/sessions").json:
            self.call("DELETE", f"/api/sessions/{session['id']}")
        for kernel in self.kernels():
            self.call("DELETE", f"/api/kernels/{kernel}")

    def kernels(self):
        return {kernel["id"] for kernel in self.get("/api/kernels").json}

    def create(self, path="a.ipynb", status=201, **fields):
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}, **fields}
        return self.expect(status, "POST", "/api/sessions", body)

    def test_from_start_to_end(self):
        reply = self.create()
        session = reply.json
        self.assertEqual(set(session), {"id", "path", "name", "type", "kernel", "notebook"})
        self.assertEqual((session["path"], session["name"], session["type"]), ("a.ipynb", "a.ipynb", "notebook"))
        self.assertEqual(session["notebook"], {"path": "a.ipynb", "name": "a.ipynb"})
        self.assertEqual(reply.headers["Location"], f"/api/sessions/{session['id']}")
        self.assertEqual(self.get(reply.headers["Location"]).json["kernel"]["id"], session["kernel"]["id"])
        self.assertEqual([one["id"] for one in self.get("/api/sessions").json], [session["id"]])
        self.assertEqual(self.kernels(), {session["kernel"]["id"]})
        self.expect(204, "DELETE", reply.headers["Location"])
        self.refused(404, "GET", reply.headers["Location"])
        self.refused(404, "DELETE", reply.headers["Location"])
        self.assertEqual((self.get("/api/sessions").json, self.kernels()), ([], set()))

    def test_the_same_document_has_one_session(self):
        first, second = self.create().json, self.create().json
        self.assertEqual((first["id"], first["kernel"]["id"]), (second["id"], second["kernel"]["id"]))
        self.assertEqual(len(self.kernels()), 1)

    def test_a_console_is_no_notebook(self):
        session = self.create("console-1", type="console").json
        self.assertNotIn("notebook", session)

    def test_changes(self):
        session = self.create().json
        address = f"/api/sessions/{session['id']}"
        moved = self.expect(200, "PATCH", address, {"path": "b.ipynb", "name": "b"}).json
        self.assertEqual((moved["path"], moved["name"], moved["type"]), ("b.ipynb", "b", "notebook"))
        self.assertEqual(moved["kernel"]["id"], session["kernel"]["id"])
        self.assertEqual(self.expect(200, "PATCH", address, {"type": "console"}).json["type"], "console")
        self.assertNotIn("notebook", self.get(address).json)
        self.assertEqual(self.create("b.ipynb").json["id"], session["id"])

    def test_another_kernel_by_name_ends_the_old_one(self):
        session = self.create().json
        body = {"kernel": {"name": "python3"}}
        changed = self.expect(200, "PATCH", f"/api/sessions/{session['id']}", body).json
        self.assertNotEqual(changed["kernel"]["id"], session["kernel"]["id"])
        self.assertEqual(self.kernels(), {changed["kernel"]["id"]})

    def test_another_kernel_by_id(self):
        session = self.create().json
        kernel = self.expect(201, "POST", "/api/kernels", {}).json["id"]
        changed = self.expect(200, "PATCH", f"/api/sessions/{session['id']}", {"kernel": {"id": kernel}}).json
        self.assertEqual(changed["kernel"]["id"], kernel)
        self.assertEqual(self.kernels(), {kernel})

    def test_two_sessions_on_one_kernel(self):
        first = self.create().json
        second = self.create("b.ipynb", kernel={"id": first["kernel"]["id"]}).json
        self.assertNotEqual(first["id"], second["id"])
        self.assertEqual(first["kernel"]["id"], second["kernel"]["id"])
        self.expect(204, "DELETE", f"/api/sessions/{first['id']}")
        self.assertEqual(self.kernels(), {second["kernel"]["id"]})
        self.expect(204, "DELETE", f"/api/sessions/{second['id']}")
        self.assertEqual(self.kernels(), set())

    def test_a_session_goes_with_its_kernel(self):
        session = self.create().json
        self.expect(204, "DELETE", f"/api/kernels/{session['kernel']['id']}")
        self.assertEqual(self.get("/api/sessions").json, [])
        self.assertIn(self.call("DELETE", f"/api/sessions/{session['id']}").status, (404, 410))

    def test_bad_requests(self):
        good = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        for missing in ("path", "type"):
            with self.subTest(missing):
                body = {name: value for name, value in good.items() if name != missing}
                self.assertIn(missing, self.refused(400, "POST", "/api/sessions", body).message)
        self.refused(400, "POST", "/api/sessions")
        self.refused(400, "POST", "/api/sessions", "[]")
        self.refused(400, "POST", "/api/sessions", {**good, "kernel": {"name": "nothing"}})
        self.assertIn(self.call("POST", "/api/sessions", {**good, "kernel": {"id": NOBODY}}).status, (400, 404, 501))
        self.assertEqual((self.get("/api/sessions").json, self.kernels()), ([], set()))

    def test_what_is_not_there(self):
        for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"path": "b.ipynb"})):
            with self.subTest(method):
                self.refused(404, method, f"/api/sessions/{NOBODY}", body)

    def test_bad_changes(self):
        session = self.create().json
        address = f"/api/sessions/{session['id']}"
        self.refused(400, "PATCH", address, {"kernel": {"id": NOBODY}})
        self.refused(400, "PATCH", address, {"kernel": {"name": "nothing"}})
        self.refused(400, "PATCH", address, "{")
        self.assertEqual(self.get(address).json["kernel"]["id"], session["kernel"]["id"])


if __name__ == "__main__":
    unittest.main()
