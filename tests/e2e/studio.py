# SPDX-License-Identifier: Apache-2.0
"""A home of its own for each test, and the program `cloister` run on it as a person would."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import unittest

PROGRAMS = pathlib.Path(os.environ["CLOISTER_BIN_DIR"])
CLOISTER = PROGRAMS / "cloister"
PEOPLE = "id,name,ward,los\n1,Ada Lovelace,A,3\n2,Grace Hopper,B,5\n3,Alan Turing,A,8\n"


class Answer:
    """What one command said."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return self.json["error"]


class StudioTest(unittest.TestCase):
    """Makes `self.home`, initialised, with the passphrase in a file."""

    PASSPHRASE = "correct horse battery"

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cloister-e2e-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = self.folder / "home"
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text(self.PASSPHRASE + "\n")
        self.make_home()

    def make_home(self):
        answer = self.cloister("init")
        self.assertEqual(answer.code, 0, answer.err)

    def cloister(self, *words, passphrase=None, plain=False, home=None, timeout=120, given=None):
        """Runs a command with --json (unless `plain`) and the home's passphrase."""
        command = [CLOISTER, "--home", home or self.home, *([] if plain else ["--json"])]
        command += ["--passphrase-file", passphrase or self.passphrase, *words]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment,
            cwd=self.folder,
            input=given if given is not None else "",
        )
        return Answer(done)

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return path

    def import_people(self, name="people", content=PEOPLE):
        answer = self.cloister("data", "import", self.file(f"{name}.csv", content), "--name", name)
        self.assertEqual(answer.code, 0, answer.err)
        return answer.json

    def run_script(self, text, *words):
        return self.cloister("run", self.file("script.py", text), *words)

    @contextlib.contextmanager
    def server(self, passphrase=True):
        """A running `cloister serve`; yields its first line."""
        command = [str(CLOISTER), "--home", str(self.home)]
        command += ["--passphrase-file", str(self.passphrase)] if passphrase else []
        log = open(self.folder / "serve.log", "ab")
        process = subprocess.Popen(
            [*command, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
        )
        try:
            ready, _, _ = select.select([process.stdout], [], [], 30)
            self.assertTrue(ready, "the server did not say that it accepts connections")
            first = json.loads(process.stdout.readline())
            first["process"] = process
            yield first
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0, (self.folder / "serve.log").read_text())
            process.stdout.close()
            log.close()
