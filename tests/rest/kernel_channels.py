# SPDX-License-Identifier: Apache-2.0
"""A kernel's messages over a WebSocket in either framing, as JupyterLab speaks them."""

import itertools
import json
import struct
import time
import uuid

import web_socket

V1 = "v1.kernel.websocket.jupyter.org"


def pack_v1(channel, parts):
    parts = [channel.encode(), *parts]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(parts)


def unpack_v1(data):
    (count,) = struct.unpack_from("<Q", data)
    offsets = struct.unpack_from(f"<{count}Q", data, 8)
    channel, *parts = [data[a:b] for a, b in itertools.pairwise(offsets)]
    names = ("header", "parent_header", "metadata", "content")
    message = {name: json.loads(part) for name, part in zip(names, parts, strict=False)}
    return {"channel": channel.decode(), **message, "buffers": parts[4:]}


def unpack_default(kind, data):
    if kind == web_socket.TEXT:
        return json.loads(data)
    (count,) = struct.unpack_from("!I", data)
    ends = [*struct.unpack_from(f"!{count}I", data, 4), len(data)]
    parts = [data[a:b] for a, b in itertools.pairwise(ends)]
    return {**json.loads(parts[0]), "buffers": parts[1:]}


class Channels:
    """One open socket of one client; `session` is what a browser's tab keeps when it comes back."""

    def __init__(self, case, kernel_id, session=None, v1=True):
        self.session = session or uuid.uuid4().hex
        self.v1 = v1
        path = f"{case.server.base}api/kernels/{kernel_id}/channels?session_id={self.session}"
        self.socket = case.socket(path, subprotocol=V1 if v1 else None)
        self.heard = []  # everything, in its order

    def close(self):
        self.socket.close()

    def send(self, channel, kind, content, parent=None):
        header = {
            "msg_id": uuid.uuid4().hex,
            "username": "test",
            "session": self.session,
            "msg_type": kind,
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        if self.v1:
            parts = [json.dumps(part).encode() for part in (header, parent or {}, {}, content)]
            self.socket.send(web_socket.BINARY, pack_v1(channel, parts))
        else:
            message = {"channel": channel, "header": header, "parent_header": parent or {}, "metadata": {}}
            self.socket.send(web_socket.TEXT, json.dumps({**message, "content": content, "buffers": []}))
        return header["msg_id"]

    def receive(self, timeout=30):
        """The next message; None when the server closed."""
        received = self.socket.receive(timeout)
        if received is None:
            return None
        message = unpack_v1(received[1]) if self.v1 else unpack_default(*received)
        self.heard.append(message)
        return message

    def wait_for(self, wanted, what, timeout=30):
        """The first message from now on for which `wanted` holds."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self.receive(left)
            except TimeoutError:
                break
            if message is None:
                raise AssertionError(f"the server closed before {what}")
            if wanted(message):
                return message
        kinds = [(m["channel"], m["header"]["msg_type"]) for m in self.heard[-20:]]
        raise AssertionError(f"{what} did not come within {timeout} s; last: {kinds}")

    def ask(self, code, **options):
        request = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, **options}
        return self.send("shell", "execute_request", {"allow_stdin": False, "stop_on_error": True, **request})

    def all_of(self, asked, timeout=30):
        """What belongs to a request, once both its reply and its `idle` came (in any order)."""
        mine, replied, idle = [], False, False
        for message in list(self.heard):
            if message["parent_header"].get("msg_id") == asked:
                mine.append(message)
        while not (replied and idle):
            replied = any(m["header"]["msg_type"].endswith("_reply") for m in mine)
            idle = any(state_of(m) == "idle" for m in mine)
            if not (replied and idle):
                of_mine = lambda m: m["parent_header"].get("msg_id") == asked
                mine.append(self.wait_for(of_mine, f"the whole answer to {asked}", timeout))
        return mine

    def wait_for_idle_of(self, asked, timeout=30):
        """Until this socket heard that the kernel is done with a request, whoever made it."""
        done = lambda m: state_of(m) == "idle" and m["parent_header"].get("msg_id") == asked
        if not any(done(message) for message in self.heard):
            self.wait_for(done, f"the end of {asked}", timeout)

    def execute(self, code, **options):
        return self.all_of(self.ask(code, **options))

    def printed(self, code):
        return text_of(self.execute(code))

    def kernel_info(self):
        asked = self.send("shell", "kernel_info_request", {})
        (reply,) = [m for m in self.all_of(asked) if m["channel"] == "shell"]
        return reply


def state_of(message):
    return message["content"]["execution_state"] if message["header"]["msg_type"] == "status" else None


def kinds_of(messages, channel="iopub"):
    return [m["header"]["msg_type"] for m in messages if m["channel"] == channel]


def text_of(messages):
    """What was printed, and the tracebacks of what failed."""
    text = ""
    for message in messages:
        if message["header"]["msg_type"] == "stream":
            text += message["content"]["text"]
        elif message["header"]["msg_type"] == "error":
            text += f"{message['content']['ename']}: {message['content']['evalue']}"
    return text
