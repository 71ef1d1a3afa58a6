# SPDX-License-Identifier: Apache-2.0
"""Speaks to one cloister-data over a socket pair, without a cell and without the vault."""

import array
import hashlib
import json
import os
import pathlib
import socket
import struct
import subprocess

PROGRAM = pathlib.Path(os.environ.get("CLOISTER_BIN_DIR", "build/release/bin")) / "cloister-data"
FIRST_LEAF = 12_288
LEAF = 262_144


class Failure(Exception):
    """The worker's answer `failure`."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.kind = error["kind"]
        self.message = error["message"]


class Gone(Exception):
    """The worker closed the socket."""


class Worker:
    """One worker process; its scratch folder is `folder`."""

    def __init__(self, folder, program=PROGRAM, memory_mib=None):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket = ours
        number = theirs.fileno()

        def place():
            os.dup2(number, 3)

        self.process = subprocess.Popen(
            [str(program), str(folder), *([str(memory_mib)] if memory_mib else [])],
            preexec_fn=place,
            close_fds=False,
            env={},
            stdin=subprocess.DEVNULL,
        )
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()
        self.process.wait(30)

    def send(self, header, body=b"", descriptors=()):
        text = json.dumps(header).encode()
        prefix = b"CLF1" + struct.pack(">I", len(text)) + struct.pack(">Q", len(body) << 8 | len(descriptors))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        data = prefix + text
        sent = self.socket.sendmsg([data], rights)
        self.socket.sendall(data[sent:] + body)

    def receive(self):
        descriptors = []
        data = b""

        def read(count):
            nonlocal data
            while len(data) < count:
                part, rights, _, _ = self.socket.recvmsg(1 << 20, socket.CMSG_SPACE(64 * 4))
                if not part:
                    raise Gone
                for _, _, numbers in rights:
                    held = array.array("i")
                    held.frombytes(numbers[: len(numbers) - len(numbers) % held.itemsize])
                    descriptors.extend(held)
                data += part
            taken, data = data[:count], data[count:]
            return taken

        # A stream has no borders: one frame is read to its end, the worker sends none ahead but progress.
        prefix = self._rest(read, 16)
        header_bytes = struct.unpack(">I", prefix[4:8])[0]
        word = struct.unpack(">Q", prefix[8:16])[0]
        header = json.loads(self._rest(read, header_bytes))
        body = self._rest(read, word >> 8)
        self._pending = data
        return header, body, descriptors

    _pending = b""

    def _rest(self, read, count):
        taken, self._pending = self._pending[:count], self._pending[count:]
        return taken + (read(count - len(taken)) if len(taken) < count else b"")

    def request(self, header, body=b"", descriptors=(), progress=None):
        self.send(header, body, descriptors)
        while True:
            reply, rows, files = self.receive()
            if reply["type"] == "progress":
                if progress:
                    progress(reply)
                continue
            if reply["type"] == "failure":
                raise Failure(reply["error"])
            return reply, rows, files

    def import_file(self, path, key, types=(), file_name=None, form="", append_to=None, progress=None):
        with open(path, "rb") as source:
            header = {
                "type": "import",
                "file_name": file_name or os.path.basename(path),
                "format": form,
                "types": [{"column": c, "type": t} for c, t in types],
            }
            body, descriptors = key, [source.fileno()]
            if append_to:
                header["append_to"] = append_to.describe()
                body += append_to.secret()
                descriptors.append(append_to.file.fileno())
            return self.request(header, body, descriptors, progress)[0]

    def analyse(self, sql):
        return self.request({"type": "analyse", "sql": sql})[0]

    def query(self, sql, tables=(), limit=1000, arrow=False):
        header = {
            "type": "query",
            "sql": sql,
            "row_limit": limit,
            "arrow": arrow,
            "tables": [table.describe() for table in tables],
        }
        body = b"".join(table.secret() for table in tables)
        reply, rows, files = self.request(header, body, [table.file.fileno() for table in tables])
        if arrow:
            return reply, files[0]
        return reply, json.loads(rows)


class Sealed:
    """A sealed file as the vault would hand it out."""

    def __init__(self, name, path, key, file_id="f1", hashes=None):
        self.name, self.key, self.file_id = name, key, file_id
        self.file = open(path, "rb")
        self.hashes = leaf_hashes(path) if hashes is None else hashes

    def __del__(self):
        self.file.close()

    def describe(self):
        return {"name": self.name, "file": self.file_id, "blocks": len(self.hashes)}

    def secret(self):
        return self.key + b"".join(self.hashes)


def leaf_hashes(path):
    hashes = []
    with open(path, "rb") as file:
        part = file.read(FIRST_LEAF)
        while part:
            hashes.append(hashlib.sha256(part).digest())
            part = file.read(LEAF)
    return hashes
