# SPDX-License-Identifier: Apache-2.0
"""./dev setup: all that a build and a test need, from Debian, PyPI and npm, pinned and checked."""

import argparse
import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev import archives, debian, environment, files, lab, paths, prefix
from dev.console import say


@dataclasses.dataclass(frozen=True)
class Ready:
    """What ensure() found or made."""

    prefix: Path
    python: Path
    tools: Path
    lab: Path
    compiler_version: str


def ensure():
    """Sees to it that all of the set-up is there. Costs a few tens of milliseconds when it is."""
    compiler_version = debian.ensure()["clang-19"]
    lock = files.locked(paths.cache() / "locks" / "setup", lambda: say("setup", "waiting for another ./dev"))
    environments = archives.PYTHON_LOCK, archives.TOOLS_LOCK
    targets = prefix.folder(compiler_version), *map(environment.folder, environments), lab.folder()
    if not all(target.exists() for target in targets):
        with lock:
            wanted = [archives.locked()[name] for name in prefix.NEEDED] if not targets[0].exists() else []
            wanted += [archives.locked()[lab.ARCHIVE]] if not targets[3].exists() else []
            for lock_file, target in zip(environments, targets[1:3], strict=True):
                wanted += archives.python_locked(lock_file) if not target.exists() else []
            archives.ensure(wanted)
            with ThreadPoolExecutor(2) as pool:
                jobs = [pool.submit(environment.ensure, archives.PYTHON_LOCK)]
                jobs += [pool.submit(prefix.ensure, compiler_version)]
                jobs += [pool.submit(environment.ensure, archives.TOOLS_LOCK)]
                jobs += [pool.submit(lab.ensure)]
                for job in jobs:
                    job.result()
    return Ready(*targets, compiler_version)


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev setup", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--update-lock", action="store_true", help="resolve the Python packages anew, then stop")
    chosen = parser.parse_args(arguments)
    if chosen.update_lock:
        from dev import update_lock

        debian.ensure()
        update_lock.main()
        return 0
    ready = ensure()
    say("setup", f"ready (prefix {ready.prefix.name}, Python {ready.python.name}, cache {paths.cache()})")
    return 0
