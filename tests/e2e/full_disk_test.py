# SPDX-License-Identifier: Apache-2.0
"""A home on a file system that fills up while something is imported."""

import contextlib
import os
import random
import subprocess
import unittest

from studio import StudioTest

ROWS = 40_000  # more than the engine keeps in one block
ROOM = range(0, 4096, 512)  # KiB beyond what the home takes up


def csv(rows):
    chance = random.Random(rows)
    return "id,name\n" + "".join(f"{n},{chance.getrandbits(256):064x}\n" for n in range(rows))


@unittest.skipUnless(os.geteuid() == 0, "only root may mount a small file system here")
class FullDiskTest(StudioTest):
    def make_home(self):
        self.home.mkdir()
        self.mount("tmpfs", "-t", "tmpfs", "-o", "size=64m,mode=0700")
        self.addCleanup(subprocess.run, ["umount", self.home], check=True)
        super().make_home()
        self.import_people()
        self.big = self.file("big.csv", csv(ROWS))

    def mount(self, what, *options):
        subprocess.run(["mount", *options, what, self.home], check=True)

    @contextlib.contextmanager
    def room(self, kib):
        """A file system with so much room left."""
        about = os.statvfs(self.home)
        used = (about.f_blocks - about.f_bfree) * about.f_frsize // 1024
        self.mount("tmpfs", "-o", f"remount,size={used + kib}k")
        try:
            yield
        finally:
            self.mount("tmpfs", "-o", "remount,size=64m")

    def assert_old_state(self):
        listed = self.cloister("data", "list").json["datasets"]
        self.assertEqual([(d["dataset"], d["version"]) for d in listed], [("people", 1)])
        self.assertEqual(self.cloister("data", "query", "select count(*) from people").json["rows"], [[3]])
        self.assertEqual(os.listdir(self.home / "vault" / "staging"), [])
        for words in (("data", "verify"), ("ledger", "verify")):
            answer = self.cloister(*words)
            self.assertEqual(answer.code, 0, answer.out)

    def test_an_import_that_finds_no_room_changes_nothing(self):
        for kib in ROOM:
            with self.subTest(room=kib):
                with self.room(kib):
                    answer = self.cloister("data", "import", self.big)
                    self.assertEqual(answer.code, 1, answer.out)
                    self.assertIn(answer.error["code"], ("io.no-space", "data.no-space"), answer.err)
                    self.assertEqual(self.cloister("data", "verify").code, 0)
                self.assert_old_state()
        answer = self.cloister("data", "import", self.big)
        self.assertEqual((answer.code, answer.json.get("rows")), (0, ROWS), answer.err)


if __name__ == "__main__":
    unittest.main()
