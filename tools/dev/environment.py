# SPDX-License-Identifier: Apache-2.0
"""Python environments from the lock files: the one of the cells, and the one with ./dev's own tools."""

import os
import subprocess
import tempfile
from pathlib import Path

from dev import archives, files, paths
from dev.console import Failure, Step

RECIPE = "3"  # changes when the environment is made differently from the same lock


def installer():
    """The Python of an environment that has pip: Debian's Python has none, and its pip may be missing."""
    target = paths.cache() / "python" / f"installer-{python_version()}"
    if not (target / "bin/python").exists():
        with files.locked(paths.cache() / "locks" / "installer"):
            if not (target / "bin/python").exists():
                with files.appearing(target) as made:
                    run([paths.PYTHON, "-m", "venv", str(made)], "could not make a Python environment")
    return str(target / "bin/python")


def python_version():
    """Debian's Python, as its library folder is named: 3.11."""
    return os.path.basename(os.path.realpath(paths.PYTHON)).removeprefix("python")


def folder(lock):
    """Where the environment of a lock file is, made or not."""
    pins = [f"{wheel.file} {wheel.sha256}" for wheel in archives.python_locked(lock)]
    return paths.cache() / "python" / f"{lock.stem}-{files.key_of(python_version(), RECIPE, *pins)}"


def ensure(lock):
    """Makes the environment of a lock file unless it is there; its archives must be in the cache."""
    target = folder(lock)
    if target.exists():
        return target
    with Step("setup", f"making the Python environment of {lock.name}"), files.appearing(target) as made:
        wheels = archives.python_locked(lock)
        run([paths.PYTHON, "-m", "venv", "--without-pip", str(made)], "could not make a Python environment")
        with tempfile.TemporaryDirectory(dir=target.parent) as plain:
            for wheel in wheels:
                os.symlink(wheel.path, Path(plain) / wheel.file)
            command = [installer(), "-I", "-m", "pip", "--isolated", "--python", str(made / "bin/python")]
            command += [
                "install",
                "--quiet",
                "--no-index",
                "--find-links",
                plain,
                "--no-deps",
                "--require-hashes",
                "--only-binary",
                ":all:",
            ]
            command += ["--no-compile", "--disable-pip-version-check", "--no-cache-dir", "-r", str(lock)]
            run(command, f"could not install {lock.name}")
        tidy(made)
    return target


def tidy(made):
    """Bytecode for all modules, as checked by content (the tree gets copied), and no scripts with a stale path."""
    library = made / "lib" / f"python{python_version()}" / "site-packages"
    # A few packages carry files that are not for this Python, so the exit code says nothing.
    subprocess.run(
        [str(made / "bin/python"), "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
        + [str(library)],
        capture_output=True,
    )
    for script in (made / "bin").iterdir():
        with open(script, "rb") as file:
            if (not script.is_symlink() and file.read(2) == b"#!") or script.name.lower().startswith("activate"):
                script.unlink()
    subprocess.run(["chmod", "-R", "a+rX,go-w", str(made)], check=True)


def run(command, problem):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failure("setup.python", f"{problem}: {(done.stderr or done.stdout).strip()[-600:]}")
