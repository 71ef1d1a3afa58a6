# SPDX-License-Identifier: Apache-2.0
"""Datasets in a notebook's kernel: none until its person grants one, and gone again when it is taken back."""

import subprocess

from kernel_channels import Channels
from rest_case import CLOISTER, RestTest

SIGHT = """
import cloister
try:
    print(sorted(d.name for d in cloister.datasets()), len(cloister.dataset("people").to_pandas()))
except cloister.Denied as denied:
    print("denied:", denied.hint)
"""


class GrantTest(RestTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = cls.server.folder / "people.csv"
        source.write_text("id,name\n1,Ada\n2,Grace\n3,Alan\n")
        cls.server.command("data", "import", source, "--name", "people")

    def open(self, path):
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.expect(201, "POST", "/api/sessions", body).json
        channels = Channels(self, session["kernel"]["id"])
        self.addCleanup(channels.close)
        return session, channels

    def test_a_kernel_begins_without_data(self):
        _, channels = self.open("alone.ipynb")
        self.assertIn("cloister kernels grant NOTEBOOK people", channels.printed(SIGHT))

    def test_a_grant_is_for_one_kernel_and_can_be_taken_back(self):
        _, granted = self.open("granted.ipynb")
        _, other = self.open("other.ipynb")
        answer = self.server.command("kernels", "grant", "granted.ipynb", "people")
        self.assertEqual((answer["path"], answer["datasets"]), ("granted.ipynb", ["people"]))
        self.assertEqual(granted.printed(SIGHT), "['people'] 3\n")
        self.assertIn("denied", other.printed(SIGHT))
        self.server.command("kernels", "revoke", "granted.ipynb", "people")
        self.assertIn("denied", granted.printed(SIGHT))
        kinds = [entry["kind"] for entry in self.server.command("ledger", "show")["entries"]]
        self.assertIn("grant", kinds)
        self.assertIn("revoke", kinds)

    def test_a_grant_follows_a_document_that_is_renamed(self):
        session, _ = self.open("before.ipynb")
        self.expect(200, "PATCH", f"/api/sessions/{session['id']}", {"path": "after.ipynb"})
        self.server.command("kernels", "grant", "after.ipynb", "people")
        listed = {kernel["path"]: kernel["datasets"] for kernel in self.server.command("kernels", "list")["kernels"]}
        self.assertEqual(listed["after.ipynb"], ["people"])
        self.assertNotIn("before.ipynb", listed)

    def test_a_grant_asks_for_the_passphrase_again(self):
        self.open("asks.ipynb")
        for words, code in ((["--passphrase-file", "/dev/null"], 6), ([], 6)):
            command = [CLOISTER, "--home", self.server.home, *words, "kernels", "grant", "asks.ipynb", "people"]
            done = subprocess.run(
                list(map(str, command)), capture_output=True, stdin=subprocess.DEVNULL, env=self.server.environment
            )
            self.assertEqual(done.returncode, code, done.stderr)

    def test_what_cannot_be_granted(self):
        self.open("wrong.ipynb")
        for words in (("nobody.ipynb", "people"), ("wrong.ipynb", "nothing")):
            with self.assertRaises(AssertionError):
                self.server.command("kernels", "grant", *words)
