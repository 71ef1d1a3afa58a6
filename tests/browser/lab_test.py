# SPDX-License-Identifier: Apache-2.0
"""JupyterLab from our server in a real browser: Debian's Chromium, as a person would use it."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(os.environ["CLOISTER_SOURCE_DIR"])
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tools")]

from studio import CLOISTER, StudioTest  # noqa: E402

from dev import browser  # noqa: E402
from dev.console import Failure  # noqa: E402

PICTURES = ROOT / "build/screenshots"


class BrowserTest(StudioTest):
    @classmethod
    def setUpClass(cls):
        try:
            cls.browser = browser.ensure()
        except Failure as why:  # packages that cannot be had here
            raise unittest.SkipTest(f"there is no browser: {why}") from why
        PICTURES.mkdir(parents=True, exist_ok=True)

    def visit(self, script, server, **options):
        """What the script saw; a page that failed fails the test with a picture."""
        options = {
            "login": server["login"],
            "chromium": browser.CHROMIUM,
            "picture": str(PICTURES / f"{script}.png"),
            **options,
        }
        done = subprocess.run(
            [self.browser.node, pathlib.Path(__file__).with_name(f"{script}.mjs"), json.dumps(options)],
            capture_output=True,
            text=True,
            timeout=900,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "PLAYWRIGHT": str(self.browser.playwright)},
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout.splitlines()[-1])
        self.assertNotIn("failure", seen, json.dumps(seen, indent=1))
        return seen

    def assert_clean(self, seen):
        self.assertEqual(seen["foreign"], [], "requests to other origins")
        self.assertEqual(seen["errors"], [], f"errors on the console; {seen['failed']}")


class ShellTest(BrowserTest):
    def test_the_shell_comes_up(self):
        with self.server() as server:
            seen = self.visit("shell", server)
        self.assert_clean(seen)
        self.assertEqual(seen["menus"], ["File", "Edit", "View", "Run", "Kernel", "Tabs", "Settings", "Help"])
        self.assertNotIn("once=", seen["url"])


class NotebookTest(BrowserTest):
    def test_a_notebook_runs_is_saved_and_survives_a_reload(self):
        with self.server() as server:
            seen = self.visit("notebook", server)
            watched = self.cloister("watch").json["attempts"]
        self.assert_clean(seen)
        self.assertEqual(seen["before"], 3)
        self.assertEqual(seen["after"], 3)
        self.assertIn("203.0.113.80", {attempt["address"] for attempt in watched})
        self.assertTrue((self.home / "workspace/Untitled.ipynb").is_file())


class SurveyTest(BrowserTest):
    def make_home(self):
        """The tour's own: it imports the survey and places the notebook when the studio opens."""

    def test_the_notebook_of_the_tour_needs_a_grant(self):
        command = [CLOISTER, "--home", self.home, "--passphrase-file", self.passphrase, "tour", "--port", "0"]
        command += ["--report", self.folder / "report.html"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        with subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        ) as tour:
            try:
                first = next(json.loads(line) for line in tour.stdout if line.startswith("{"))
                grant = [CLOISTER, "--home", self.home, "--passphrase-file", self.passphrase]
                grant += ["kernels", "grant", "tour/survey.ipynb", "health_survey"]
                seen = self.visit("survey", first, grant=list(map(str, grant)))
            finally:
                tour.terminate()
        self.assert_clean(seen)
        self.assertIn("Denied", seen["denied"])
        self.assertIn("grade", seen["table"])


if __name__ == "__main__":
    unittest.main()
