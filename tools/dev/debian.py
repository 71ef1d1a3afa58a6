# SPDX-License-Identifier: Apache-2.0
"""Debian's packages: which are missing, and installing them as root or through sudo."""

import os
import shutil
import subprocess

from dev import paths
from dev.console import Failure, Step

LIST = paths.THIRD_PARTY / "debian-packages.txt"


def wanted():
    """The package names in third_party/debian-packages.txt."""
    lines = LIST.read_text().splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def installed(names):
    """{name: version} of those of the names that are installed."""
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status} ${Version}\n", *names]
    try:
        rows = subprocess.run(query, capture_output=True, text=True).stdout.splitlines()
    except FileNotFoundError:
        raise Failure(
            "setup.not-debian", "dpkg-query is missing: Cloister is built on Debian 12", exit_code=5
        ) from None
    return parsed(rows)


def parsed(rows):
    """{name: version} of dpkg-query's rows; a package that is known but not installed has no version."""
    fields = [row.split() for row in rows]
    return {row[0]: row[2] for row in fields if len(row) == 3 and row[1] == "installed"}


def prefix_for_root():
    """The words before a command that needs root, or None where this user cannot become root without a password."""
    if os.geteuid() == 0:
        return ["env"]
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "env"]
    return None


def install(names):
    """Installs packages, or fails with the command that a person with root should type."""
    become = prefix_for_root()
    if become is None:
        raise Failure(
            "setup.packages-missing",
            f"Debian packages are missing: {' '.join(names)}",
            f"as root: apt-get update && apt-get install --no-install-recommends {' '.join(names)}",
            exit_code=5,
        )
    apt = [*become, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
    apt += ["-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0"]
    log = paths.cache() / "logs" / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with Step("setup", f"installing {len(names)} Debian packages"), open(log, "w") as output:
        for command in (["update"], ["install", "-y", "--no-install-recommends", *names]):
            if subprocess.run([*apt, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output).returncode:
                tail = " ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
                raise Failure("setup.apt", f"apt-get {command[0]} failed: {tail[-400:]}", f"the whole log: {log}", 5)


def ensure(names=None):
    """Installs what is missing; returns {name: version}."""
    names = names or wanted()
    have = installed(names)
    missing = [name for name in names if name not in have]
    if missing:
        install(missing)
        have = installed(names)
        if any(name not in have for name in names):
            raise Failure("setup.apt", "apt-get succeeded, but packages are still missing", exit_code=5)
    return have
