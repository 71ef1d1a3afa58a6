# SPDX-License-Identifier: Apache-2.0
"""A server that dies takes no kernel with it: the next one finds kernel and document again."""

import signal
import unittest

from kernel_channels import Channels
from rest_case import RestTest, start_server

from support import waiting


class SurvivalTest(RestTest):
    @classmethod
    def setUpClass(cls):
        """Each test kills its own server."""

    def setUp(self):
        self.server = start_server(self.addCleanup)

    def restart(self):
        self.server.stop(signal.SIGKILL)
        self.server.start()

    def test_a_kernel_outlives_its_server(self):
        (self.server.root / "proj").mkdir()
        body = {"path": "proj/x", "name": "nb.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
        session = self.expect(201, "POST", "/api/sessions", body).json
        self.expect(200, "PATCH", f"/api/sessions/{session['id']}", {"path": "proj/nb.ipynb"})
        kernel = session["kernel"]["id"]
        channels = Channels(self, kernel)
        self.assertEqual(channels.printed("x = 41; print('kept')"), "kept\n")
        self.restart()
        (found,) = self.get("/api/sessions").json
        self.assertEqual((found["path"], found["type"], found["kernel"]["id"]), ("proj/nb.ipynb", "notebook", kernel))
        again = Channels(self, kernel)
        self.addCleanup(again.close)
        self.assertEqual(again.printed("print(x + 1)"), "42\n")
        waiting.until(lambda: self.get(f"/api/kernels/{kernel}").json["execution_state"] == "idle", 10, "idle")
        self.expect(204, "DELETE", f"/api/sessions/{session['id']}")
        waiting.until(lambda: not list((self.server.home / "run/kernels").iterdir()), 20, "an empty folder")

    def test_what_a_dead_kernel_left_is_cleared_away(self):
        left = self.server.home / "run/kernels/00000000-0000-4000-8000-000000000000"
        left.mkdir()
        (left / "kernel.json").write_text("{}")
        self.restart()
        self.assertEqual(self.get("/api/kernels").json, [])
        self.assertFalse(left.exists())


if __name__ == "__main__":
    unittest.main()
