# SPDX-License-Identifier: Apache-2.0
"""The door: the one socket of a cell. Frames as docs/formats/frames.md describes them.

Each request has a connection of its own: threads and forked processes need no order among themselves, and nothing is
left open between requests.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

from cloister._errors import Error, from_reply

_PREFIX = struct.Struct(">4sIQ")
_MAGIC = b"CLF1"
_HEADER_BYTES_MAX = 4 << 20
_BODY_BYTES_MAX = 64 << 20
_SENT_HEADER_BYTES_MAX = 2 << 20  # the server takes no more from a cell
SENT_BODY_BYTES_MAX = 16 << 20


@dataclass
class Reply:
    """An answer; `descriptor` belongs to the caller and is -1 when there is none."""

    header: dict[str, Any]
    descriptor: int = -1


def ask(message: str, *, body: bytes = b"", descriptor: int = -1, **fields: Any) -> Reply:
    """Sends one request and waits for its answer; an error of the answer is raised."""
    text = json.dumps({"message": message, **fields}, ensure_ascii=False, separators=(",", ":"))
    header = text.encode("utf-8", "surrogatepass")
    if len(header) > _SENT_HEADER_BYTES_MAX or len(body) > SENT_BODY_BYTES_MAX:
        raise Error("this is more than fits through the door at once", code="cloister.too-large")
    with _connected() as door:
        try:
            _send(door, header, body, descriptor)
            reply = _receive(door)
        except OSError as error:
            raise _closed(error.strerror or "no reason given") from None
    if "error" in reply.header:
        _close(reply.descriptor)
        raise from_reply(reply.header["error"])
    return reply


def _connected() -> socket.socket:
    path = os.environ.get("CLOISTER_DOOR", "")
    if not path:
        raise Error(
            "this Python does not run in a sealed cell, so there is no data to ask for",
            code="cloister.no-door",
            hint="cloister run FILE.py",
            kind="missing",
        )
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.connect(path)
    except OSError as error:
        door.close()
        raise _closed(error.strerror or "no reason given") from None
    return door


def _closed(reason: str) -> Error:
    return Error(f"the studio does not answer: {reason}", code="cloister.door-closed", hint="cloister status")


def _send(door: socket.socket, header: bytes, body: bytes, descriptor: int) -> None:
    descriptors = [descriptor] if descriptor >= 0 else []
    start = _PREFIX.pack(_MAGIC, len(header), len(body) << 8 | len(descriptors)) + header
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    sent = door.sendmsg([start], rights)
    door.sendall(start[sent:])
    door.sendall(body)


def _receive(door: socket.socket) -> Reply:
    descriptors: list[int] = []
    try:
        magic, header_bytes, rest = _PREFIX.unpack(_exactly(door, _PREFIX.size, descriptors))
        if magic != _MAGIC or header_bytes > _HEADER_BYTES_MAX or rest >> 8 > _BODY_BYTES_MAX:
            raise _closed("what came back is not an answer")
        header = json.loads(_exactly(door, header_bytes, descriptors))
        _exactly(door, rest >> 8, descriptors)  # no answer has a body yet
        if len(descriptors) != rest & 0xFF or len(descriptors) > 1 or not isinstance(header, dict):
            raise _closed("what came back is not an answer")
    except BaseException as error:
        for descriptor in descriptors:
            _close(descriptor)
        if isinstance(error, ValueError):
            raise _closed("what came back is not an answer") from None
        raise
    return Reply(header, descriptors[0] if descriptors else -1)


def _exactly(door: socket.socket, size: int, descriptors: list[int]) -> bytes:
    parts = bytearray()
    item = array.array("i").itemsize
    while len(parts) < size:
        room = min(size - len(parts), 1 << 20)
        data, rights, _, _ = door.recvmsg(room, socket.CMSG_SPACE(64 * item), socket.MSG_CMSG_CLOEXEC)
        for level, kind, content in rights:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                came = array.array("i")
                came.frombytes(content[: len(content) - len(content) % item])
                descriptors.extend(came)
        if not data:
            raise _closed("the connection ended")
        parts += data
    return bytes(parts)


def _close(descriptor: int) -> None:
    if descriptor >= 0:
        os.close(descriptor)
