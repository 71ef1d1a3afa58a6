# SPDX-License-Identifier: Apache-2.0
"""The vault's side of the data workers, in real cells."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

DRIVER = pathlib.Path(os.environ["CLOISTER_BIN_DIR"]) / "data-driver"
WORKER_ID = 64733


class InACell(unittest.TestCase):
    def drive(self, content, *queries):
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place) / "scratch"
            folder.mkdir(0o700)
            if os.geteuid() == 0:
                os.chown(folder, WORKER_ID, WORKER_ID)
            source = pathlib.Path(place) / "source.csv"
            source.write_text(content)
            done = subprocess.run([DRIVER, folder, source, *queries], capture_output=True, text=True, timeout=120)
            self.assertNotIn(b"CANARY", (folder / "data.duckdb").read_bytes() if done.returncode == 0 else b"")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_imports_and_answers(self):
        answers = self.drive(
            "id,name\n1,CANARY\n2,b\n",
            "SELECT count(*), max(name) FROM t",
            "SELECT sum(id) FROM t",
            "SELECT count(*) FROM (SELECT DISTINCT hash(range) FROM range(3000000))",
        )
        self.assertEqual(answers[0], {"rows": 2, "columns": 2})
        self.assertEqual([json.loads(a["rows"]) for a in answers[1:]], [[[2, "b"]], [[3]], [[3000000]]])

    def test_a_bad_row_is_said_with_its_line(self):
        (answer,) = self.drive("id,name\n1,a\n2\n")
        self.assertEqual(answer["error"]["code"], "data.bad-row")
        self.assertIn("line 3", answer["error"]["message"])

    def test_a_statement_reaches_no_file(self):
        answers = self.drive("id\n1\n", "FROM read_text('/proc/self/environ')", "COPY t TO '/scratch/x.csv'")
        self.assertEqual([a["error"]["kind"] for a in answers[1:]], ["denied", "denied"])


if __name__ == "__main__":
    unittest.main()
