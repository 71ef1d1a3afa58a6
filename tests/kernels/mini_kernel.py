# SPDX-License-Identifier: Apache-2.0
"""A kernel of few words, and of bad manners when it is asked for them: `python3 -c SOURCE CONNECTION_FILE MODE`."""

import hashlib
import hmac
import json
import os
import signal
import socket
import sys

import zmq

info = json.load(open(sys.argv[1]))
mode = sys.argv[2]
path = info["ip"]
context = zmq.Context()
context.setsockopt(zmq.SNDHWM, 0)
sockets = {}
if mode == "link":  # the shell's socket is a link to the cell's door, out of its own memory
    os.symlink(os.environ["CLOISTER_DOOR"], f"{path}-{info['shell_port']}")
    signal.pause()


def send_parts_for_ever(listener):
    """ZMTP by hand: a message whose last part never comes. libzmq itself would not send one."""
    peer, _ = listener.accept()
    peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
    ready = b"\x05READY\x0bSocket-Type" + (3).to_bytes(4, "big") + b"PUB"
    peer.sendall(b"\x04" + bytes([len(ready)]) + ready)
    part = b"\x03" + (4 << 20).to_bytes(8, "big") + b"w" * (4 << 20)
    while True:
        peer.sendall(part)


if mode == "parts":
    with socket.socket(socket.AF_UNIX) as by_hand:
        by_hand.bind(f"{path}-{info['iopub_port']}")
        by_hand.listen()
        for name in ("shell", "control", "stdin"):
            context.socket(zmq.ROUTER).bind(f"ipc://{path}-{info[name + '_port']}")
        send_parts_for_ever(by_hand)
for name, kind in (("shell", zmq.ROUTER), ("control", zmq.ROUTER), ("stdin", zmq.ROUTER), ("iopub", zmq.PUB)):
    sockets[name] = context.socket(kind)
    sockets[name].bind(f"ipc://{path}-{info[name + '_port']}")
numbers = iter(range(1_000_000))


def sign(parts, key):
    return hmac.new(key.encode(), b"".join(parts), hashlib.sha256).hexdigest().encode()


def send(channel, kind, content, parent, identities=(), key=info["key"]):
    header = {"msg_id": f"m{next(numbers)}", "msg_type": kind, "session": "mini", "username": "k", "version": "5.3"}
    parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
    sockets[channel].send_multipart([*identities, b"<IDS|MSG>", sign(parts, key), *parts])


def misbehave(parent):
    if mode == "nonsense":
        for socket in ("iopub", "shell"):
            first = [b"nobody"] if socket == "shell" else []
            sockets[socket].send_multipart([*first, b""])
            sockets[socket].send_multipart([*first, os.urandom(1000)])
            sockets[socket].send_multipart([*first, b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"])
        send("iopub", "stream", {"name": "stdout", "text": "forged"}, parent, key="another")
        sockets["iopub"].send_multipart([b"<IDS|MSG>"] + [b"x"] * 3000)
        parts = [b"{}", b"{}", b"{}", b"not json"]
        sockets["iopub"].send_multipart([b"<IDS|MSG>", sign(parts, info["key"]), *parts])
        sockets["iopub"].send_multipart([b"<IDS|MSG>", *[b"y" * (1 << 20)] * 80])
    if mode == "huge":
        sockets["iopub"].send(b"z" * (100 << 20))


while True:
    *identities, _, _, header, _, _, content = sockets["shell"].recv_multipart()[:7]
    parent = json.loads(header)
    send("iopub", "status", {"execution_state": "busy"}, parent)
    if parent["msg_type"] == "kernel_info_request":
        send("shell", "kernel_info_reply", {"status": "ok"}, parent, identities)
    if parent["msg_type"] == "execute_request":
        misbehave(parent)
        send("iopub", "stream", {"name": "stdout", "text": "done"}, parent)
        send("shell", "execute_reply", {"status": "ok", "execution_count": 1}, parent, identities)
        if mode == "no-idle":
            continue
    send("iopub", "status", {"execution_state": "idle"}, parent)
