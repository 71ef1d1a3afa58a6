# SPDX-License-Identifier: Apache-2.0
"""One home and one `cloister serve` for the tests of a file, and requests to it as they are written."""

import contextlib
import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

from web_socket import WebSocket

CLOISTER = pathlib.Path(os.environ["CLOISTER_BIN_DIR"]) / "cloister"


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json["message"]

    def cookie(self, start):
        """The first cookie whose name begins so: its value and the whole field."""
        for field in self.headers.get_all("Set-Cookie") or []:
            if field.startswith(start):
                return field.split(";")[0].split("=", 1)[1], field
        return None, None


class Server:
    """A running `cloister serve` on a home of its own."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.home = folder / "home"
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("correct horse battery\n")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
        self.command("init")
        self.root = self.home / "workspace"
        self.options = options
        self.start()

    def start(self):
        """Also again, on the same home, after stop()."""
        folder = self.folder
        self.log = open(folder / "serve.log", "ab")
        words = [str(CLOISTER), "--home", str(self.home), "--passphrase-file", str(self.passphrase)]
        self.process = subprocess.Popen(
            [*words, "serve", "--port", "0", *self.options],
            stdout=subprocess.PIPE,
            stderr=self.log,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=self.environment,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.stop(signal.SIGKILL)
            raise AssertionError("the server did not come up: " + (folder / "serve.log").read_text())
        first = json.loads(line)
        self.port, self.token, self.login = first["port"], first["token"], first["login"]
        self.base = urllib.parse.urlsplit(first["url"]).path

    def command(self, *words):
        """What one `cloister` command says, as JSON."""
        command = [CLOISTER, "--home", self.home, "--json", "--passphrase-file", self.passphrase, *words]
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def stop(self, how=signal.SIGTERM):
        """Ends it, if it still runs; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        return code


def start_server(cleanup, *options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cloister-rest-", dir="/var/tmp"))
    cleanup(shutil.rmtree, folder, ignore_errors=True)
    server = Server(folder, *options)
    cleanup(server.stop)
    return server


class RestTest(unittest.TestCase):
    maxDiff = None
    shared = {}  # by test file: its classes use one server

    @classmethod
    def setUpClass(cls):
        if cls.__module__ not in cls.shared:
            cls.shared[cls.__module__] = start_server(unittest.addModuleCleanup)
        cls.server = cls.shared[cls.__module__]

    def call(self, method, path, body=None, *, token=True, headers=None, host=None):
        """One request on a connection of its own; the path goes out byte for byte, below no base address."""
        fields = {"Host": host or f"127.0.0.1:{self.server.port}", **(headers or {})}
        if token and self.server.token:
            fields.setdefault("Authorization", f"token {self.server.token}")
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in fields.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return Reply(connection.getresponse())

    def expect(self, status, method, path, body=None, **options):
        reply = self.call(method, path, body, **options)
        self.assertEqual(reply.status, status, f"{method} {path}: {reply.body[:500]!r}")
        return reply

    def get(self, path, status=200, **options):
        return self.expect(status, "GET", path, **options)

    def refused(self, status, method, path, body=None, **options):
        """An error that a front end can show."""
        reply = self.expect(status, method, path, body, **options)
        self.assertEqual(set(reply.json), {"message", "reason"}, reply.body)
        self.assertTrue(reply.message)
        return reply

    def socket(self, path, *, token=True, headers=None, subprotocol=None):
        fields = dict(headers or {})
        if token:
            fields["Authorization"] = f"token {self.server.token}"
        socket = WebSocket(self.server.port, path, fields, subprotocol)
        self.addCleanup(socket.close)
        return socket

    def sign_in(self):
        """Opens a page with the token in the address, as a browser does: the cookies by name."""
        reply = self.call("GET", f"{self.server.base}lab?token={self.server.token}", token=False)
        self.assertEqual(reply.status, 302, reply.body)
        name = f"username-127-0-0-1-{self.server.port}"
        cookies = {name: reply.cookie(name)[0]}
        page = self.call("GET", f"{self.server.base}lab", token=False, headers=self.with_cookies(cookies))
        self.assertEqual(page.status, 200, page.body)
        return {**cookies, "_xsrf": page.cookie("_xsrf")[0]}

    @staticmethod
    def with_cookies(cookies, **fields):
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), **fields}
