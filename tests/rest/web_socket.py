# SPDX-License-Identifier: Apache-2.0
"""A small WebSocket client (RFC 6455): what a browser does, and what it would never do."""

import base64
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    """The server answered with a status of its own."""

    def __init__(self, status, body):
        super().__init__(f"refused with {status}: {body[:200]!r}")
        self.status = status
        self.body = body


class WebSocket:
    def __init__(self, port, path, headers=None, subprotocol=None, timeout=30):
        self.closed_with = None
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.input = self.socket.makefile("rb")
        fields = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **({"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {}),
            **(headers or {}),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        status = int(self.input.readline().split()[1])
        self.headers = {}
        while line := self.input.readline().strip():
            name, value = line.decode().split(":", 1)
            self.headers[name.lower()] = value.strip()
        if status != 101:
            body = self.input.read(int(self.headers.get("content-length", 0)))
            self.close()
            raise Refused(status, body)

    def send(self, kind, payload, final=True):
        if isinstance(payload, str):
            payload = payload.encode()
        size = len(payload)
        if size < 126:
            length = bytes([0x80 | size])
        else:
            length = struct.pack("!BH", 0xFE, size) if size <= 0xFFFF else struct.pack("!BQ", 0xFF, size)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([(0x80 if final else 0) | kind]) + length + mask + masked)

    def frame(self):
        first, second = self.exactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self.exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.exactly(8))
        return first & 0x80, first & 0x0F, self.exactly(size)

    def exactly(self, size):
        data = self.input.read(size)
        if len(data) < size:
            raise ConnectionError("the server went away")
        return data

    def receive(self, timeout=30):
        """The next message as (kind, bytes); None when the server closed."""
        self.socket.settimeout(timeout)
        kind, whole = None, b""
        while True:
            final, code, payload = self.frame()
            if code == PING:
                self.send(PONG, payload)
            elif code == CLOSE:
                self.closed_with = int.from_bytes(payload[:2], "big") if payload else 1005
                return None
            elif code != PONG:
                kind, whole = kind or code, whole + payload
                if final:
                    return kind, whole

    def close(self):
        self.input.close()
        self.socket.close()
