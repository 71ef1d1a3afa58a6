# SPDX-License-Identifier: Apache-2.0
"""The pinned Python environment of the build folder, for tests in this process and in children."""

import os
import site
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(os.environ["CLOISTER_BUILD_DIR"]) / "python"
PYTHON = FOLDER / "bin/python3"


def use():
    """Makes its packages (cloister, pyarrow, pandas, polars, matplotlib) importable here: it is the same Python."""
    packages = FOLDER / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    if not (packages / "cloister").is_dir():
        raise RuntimeError(f"{packages} has no cloister: ./dev build makes it")
    site.addsitedir(str(packages))
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="cloister-test-"))


def run(script, door=None, *options):
    """Runs a script, in a file of its own, in a process of its own; the environment is otherwise empty."""
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    if door is not None:
        environment["CLOISTER_DOOR"] = door
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.py"
        file.write_text(script)
        command = [PYTHON, "-B", *options, file]
        return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
