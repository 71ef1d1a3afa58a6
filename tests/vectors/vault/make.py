#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the vectors of docs/formats/vault.md from the words of that page, independently of src/vault.

Needs PyNaCl for Ed25519. The keys are made of fixed bytes and protect nothing. Run it in this folder; the files
that it writes are committed.
"""

import base64
import hashlib
import json
import pathlib
import struct

from nacl.signing import SigningKey

HERE = pathlib.Path(__file__).resolve().parent
FIRST, BLOCK = 12_288, 262_144
SIGNER = SigningKey(bytes(range(32)))


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha(b"\x01", root(leaves[:split]), root(leaves[split:]))


def manifest(content: bytes, version: int = 1, **changes: object) -> bytes:
    blocks = [content[:FIRST]] + [content[i : i + BLOCK] for i in range(FIRST, len(content), BLOCK)]
    hashes = [sha(block) for block in blocks]
    header = b"CLVMANI1" + bytes.fromhex("0011223344556677") + bytes.fromhex("8899aabbccddeeff")
    header += struct.pack(
        ">QQIIQ",
        version,
        changes.get("file_bytes", len(content)),
        changes.get("first", FIRST),
        changes.get("block", BLOCK),
        changes.get("count", len(hashes)),
    )
    top = root([sha(b"\x00", value) for value in hashes])
    signature = SIGNER.sign(b"cloister/manifest/1\n" + header + top).signature
    return header + b"".join(hashes) + top + signature


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def home() -> dict[str, object]:
    b64 = lambda data: base64.b64encode(data).decode()
    key = bytes(SIGNER.verify_key)
    origin = "cloister/0123456789abcdef"
    name_hash = sha(origin.encode(), b"\n\x01", key)[:4].hex()
    return {
        "bodies": b64(bytes(32)),
        "created": "2026-11-25T12:00:00.000000Z",
        "first_epoch": b64(key),
        "format": "cloister-home",
        "id": "0123456789abcdef",
        "ledger_key": f"{origin}+{name_hash}+{b64(bytes([1]) + key)}",
        "origin": origin,
        "owner": "Ada",
        "signing_key": b64(key),
        "version": 1,
    }


def write(name: str, data: bytes | str) -> None:
    (HERE / name).write_bytes(data.encode() if isinstance(data, str) else data)


def main() -> None:
    content = bytes(i * 7 % 251 for i in range(FIRST + BLOCK + 1000))
    good = manifest(content)
    write("valid/three-blocks.manifest", good)
    write("valid/one-short-block.manifest", manifest(content[:100]))
    write("valid/home.json", canonical(home()))
    write("valid/signing-key", bytes(SIGNER.verify_key).hex() + "\n")

    write("invalid/empty.manifest", b"")
    write("invalid/magic.manifest", b"X" + good[1:])
    write("invalid/truncated.manifest", good[:-1])
    write("invalid/longer.manifest", good + b"\0")
    write("invalid/version-0.manifest", manifest(content, version=0))
    write("invalid/file-of-0-bytes.manifest", manifest(content, file_bytes=0, count=0))
    write("invalid/other-block-size.manifest", manifest(content, block=BLOCK * 2))
    write("invalid/count-too-large.manifest", manifest(content, count=1 << 60))
    write("invalid/file-too-large.manifest", manifest(content, file_bytes=1 << 63))
    swapped = good[:56] + good[88:120] + good[56:88] + good[120:]
    write("invalid/swapped-hashes.manifest", swapped)
    write("invalid/signature.manifest", good[:-1] + bytes([good[-1] ^ 1]))

    write("invalid/spaces.home.json", json.dumps(home(), sort_keys=True) + "\n")
    write("invalid/no-line-feed.home.json", canonical(home())[:-1])
    write("invalid/further-field.home.json", canonical(home() | {"zebra": 1}))
    write("invalid/unknown-version.home.json", canonical(home() | {"version": 2}))
    write("invalid/other-origin.home.json", canonical(home() | {"origin": "cloister/fedcba9876543210"}))
    write("invalid/short-key.home.json", canonical(home() | {"bodies": base64.b64encode(bytes(31)).decode()}))
    write("invalid/ledger-key.home.json", canonical(home() | {"ledger_key": "cloister/0123456789abcdef+00000000+AQ=="}))
    write("invalid/not-json.home.json", "{")


if __name__ == "__main__":
    main()
