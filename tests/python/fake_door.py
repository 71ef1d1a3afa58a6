# SPDX-License-Identifier: Apache-2.0
"""A door with nothing behind it but a dictionary; written from docs/formats/frames.md, not from the package."""

import array
import fcntl
import json
import os
import socket
import struct
import tempfile
import threading
from pathlib import Path

SEALS = 1 | 2 | 4 | 8  # SEAL, SHRINK, GROW, WRITE: linux/fcntl.h


def memory_file(content, seals=SEALS):
    """A memory file with these bytes and seals."""
    descriptor = os.memfd_create("answer", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(descriptor, content) if len(content) < 1 << 20 else write_all(descriptor, content)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def write_all(descriptor, content):
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


class FakeDoor:
    """Serves until the with block ends. `tables` maps names to Arrow IPC streams, `said` keeps each request."""

    def __init__(self):
        self.tables, self.infos, self.said, self.outputs = {}, {}, [], []
        self.seals = SEALS
        self.error = None  # what is answered to everything, when set
        self.raw = None  # bytes that are answered to everything, when set
        self.lock = threading.Lock()
        self.folder = tempfile.TemporaryDirectory()
        self.path = str(Path(self.folder.name) / "door")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.folder.cleanup()

    def add(self, name, stream, rows, columns, **more):
        """A dataset; `columns` is {name: type}."""
        self.tables[name] = stream
        listed = [{"name": column, "type": kind} for column, kind in columns.items()]
        self.infos[name] = {"dataset": name, "version": 1, "rows": rows, "columns": listed, "class": None,
                            "created": "2026-11-25T21:36:00.000000Z", **more}  # fmt: skip

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with connection:
            while True:
                start, rights, _, _ = connection.recvmsg(16, socket.CMSG_SPACE(16))
                if not start:
                    return
                descriptors = array.array("i")
                for _, _, data in rights:
                    descriptors.frombytes(data)
                magic, header_size, rest = struct.unpack(">4sIQ", start)
                assert magic == b"CLF1" and rest & 0xFF == len(descriptors)
                header = json.loads(self.exactly(connection, header_size))
                body = self.exactly(connection, rest >> 8)
                with self.lock:
                    self.said.append(header)
                    reply, descriptor = self.answer(header, body, list(descriptors))
                if self.raw is not None:
                    connection.sendall(self.raw)
                    return
                self.send(connection, reply, descriptor)

    @staticmethod
    def exactly(connection, size):
        parts = b""
        while len(parts) < size:
            part = connection.recv(size - len(parts))
            assert part
            parts += part
        return parts

    @staticmethod
    def send(connection, reply, descriptor):
        header = json.dumps(reply).encode()
        rights = []
        if descriptor is not None:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
        connection.sendmsg([struct.pack(">4sIQ", b"CLF1", len(header), len(rights)) + header], rights)
        if descriptor is not None:
            os.close(descriptor)

    def answer(self, header, body, descriptors):
        if self.error is not None:
            return {"error": self.error}, None
        message = header["message"]
        if message == "datasets":
            infos = [{**info, "columns": len(info["columns"])} for info in self.infos.values()]
            return {"ok": True, "datasets": infos}, None
        if message == "display":
            self.outputs.append((header["mime"], body))
            return {"ok": True}, None
        if message == "save":
            with open(descriptors[0], "rb") as file:
                self.saved_seals = fcntl.fcntl(file, fcntl.F_GET_SEALS)
                self.add(header["name"], file.read(), 0, {})
            return {"ok": True, **self.infos[header["name"]]}, None
        name = header.get("dataset", header.get("sql")).split("@")[0]
        if name not in self.tables:
            hint, message = f"cloister run --dataset {name} FILE.py", f"this cell was not granted the dataset '{name}'"
            return {"error": {"code": "policy.denied", "kind": "denied", "hint": hint, "message": message}}, None
        if message == "describe":
            return {"ok": True, **self.infos[name]}, None
        return {"ok": True, "rows": 3, "truncated": False, "seconds": 0.1}, memory_file(self.tables[name], self.seals)
