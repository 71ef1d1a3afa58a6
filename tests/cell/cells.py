# SPDX-License-Identifier: Apache-2.0
"""Cells for tests: starts one through cell-driver, as root and as a plain user, and collects what it says."""

import functools
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

BIN = Path(os.environ["CLOISTER_BIN_DIR"])
BUILD = Path(os.environ["CLOISTER_BUILD_DIR"])
PROGRAMS = ("cell-driver", "cloister-cell", "cloister-seal")
PLAIN_ID = 12345  # no account is needed
CELL_ID = 64733  # cell::unprivileged_id
IDENTITIES = ("root", "user") if os.geteuid() == 0 else ("user",)
SECONDS = 300  # a busy machine imports pandas slowly


def copy_programs(folder, supervisor=BIN / "cloister-cell"):
    """The programs in a folder that a plain user can enter, wherever the checkout lies."""
    folder.chmod(0o755)
    for name in PROGRAMS:
        shutil.copy2(supervisor if name == "cloister-cell" else BIN / name, folder / name)
        (folder / name).chmod(0o755)
    return folder


def as_identity(identity, command):
    """The command for this process's root or for an unprivileged user."""
    if identity == "root" or os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={PLAIN_ID}", f"--regid={PLAIN_ID}", "--clear-groups", "--inh-caps=-all", *command]


def python(code, *options):
    return ["/usr/bin/python3", "-I", *options, "-c", code]


class Running:
    """One cell; events are read on a thread."""

    def __init__(self, command, spec, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/", env=environment
        )
        self.output = {1: "", 2: ""}
        self.attempts = []
        self.started = None
        self.exit = None
        self.failed = None
        self._events = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.say(json.dumps(spec))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _read(self):
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def take(self, until=lambda event: False):
        """Reads events until one fits; returns it, or None at the end."""
        while True:
            event = self._events.get(timeout=SECONDS)
            if event is None:
                return None
            if event["event"] == "output":
                self.output[event["stream"]] += event["text"]
            elif event["event"] == "attempt":
                self.attempts.append(event)
            else:
                setattr(self, event["event"], event)
            if until(event):
                return event

    def until_output(self, text):
        self.take(lambda event: text in self.output[1])
        if text not in self.output[1]:
            raise AssertionError(f"the cell ended without saying {text!r}: {self.output} {self.exit} {self.failed}")

    def finish(self):
        self.take()
        self.process.wait(SECONDS)
        self.close()
        return self

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()

    @property
    def stdout(self):
        return self.output[1]

    @property
    def stderr(self):
        return self.output[2]


def each_identity(test):
    """Runs a test method as root (where we are root) and as a plain user."""

    @functools.wraps(test)
    def each(self):
        for identity in IDENTITIES:
            with self.subTest(identity=identity):
                test(self, identity)

    return each


class CellTestCase(unittest.TestCase):
    supervisor = BIN / "cloister-cell"

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="cloister-cell-test-", dir="/tmp")))
        copy_programs(cls.folder, cls.supervisor)

    def open(self, identity, arguments, prefix=(), **spec):
        spec = {"arguments": arguments, "environment": ["PATH=/usr/bin:/bin"], "profile": "kernel", **spec}
        command = as_identity(identity, [*prefix, str(self.folder / "cell-driver")])
        running = Running(command, spec)
        self.addCleanup(running.close)
        return running

    def run_cell(self, identity, arguments, **spec):
        running = self.open(identity, arguments, **spec).finish()
        self.assertIsNotNone(running.exit, running.failed)
        return running

    def run_python(self, identity, code, **spec):
        """Runs code that must end well; a cell whose code raises fails the test."""
        running = self.run_cell(identity, python(code), **spec)
        self.assertEqual(running.exit["reason"], "exited", running.exit)
        self.assertEqual(running.exit["code"], 0, running.stderr)
        return running


def process_exists(number):
    """Zombies that wait for their parent are gone for us."""
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except (OSError, ProcessLookupError):
        return False
    return "State:\tZ" not in status
