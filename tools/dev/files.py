# SPDX-License-Identifier: Apache-2.0
"""Hashes, locks and folders that appear whole or not at all."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def sha256_of(path):
    """SHA-256 of a file, as hexadecimal text."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_of(*parts):
    """A short key over texts and the contents of files (Path arguments)."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def locked(path, waiting=None):
    """Holds an exclusive lock on the file; calls waiting() once if another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def appearing(target):
    """Gives a temporary folder beside target that becomes target when the block succeeds, and vanishes otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    made.chmod(0o755)
    try:
        yield made
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            os.rename(target, old / "old")
            os.rename(made, target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def write_atomically(path, text):
    """Replaces path by a file with this text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    os.replace(fresh, path)


def link_or_copy(source, target):
    """A hard link of a file; a copy where the file systems differ."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def link_or_copy_tree(source, target):
    """Fills the empty folder target with source's content: hard links, or copies where the file systems differ."""
    for arguments in (["cp", "-al"], ["cp", "-a"]):
        done = subprocess.run([*arguments, f"{source}/.", str(target)], capture_output=True, text=True)
        if done.returncode == 0:
            return
        for left in target.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    raise OSError(f"could not copy {source}: {done.stderr.strip()[-200:]}")
