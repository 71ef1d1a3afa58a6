#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a sealed cell costs at start: Python in a cell, with the door and all, beside the same Python without one.

Both sides are whole commands as a person would start them, from exec to exit, in alternating pairs; each figure is the
median of the pairs. The limits are those of docs/benchmarks.md: pandas at most 1.25 times, an empty script 80 ms more.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(os.environ["CLOISTER_BUILD_DIR"])
DRIVER = BUILD / "bin/run-driver"
PYTHON = BUILD / "python/bin/python3"
PAIRS = int(os.environ.get("CLOISTER_BENCH_PAIRS", "15"))
ADDED_MS_MAX = 80

# What cells set; the side without a cell gets the same, so that only the cell makes the difference.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUNBUFFERED": "1",
    "OPENBLAS_NUM_THREADS": str(min(os.cpu_count() or 1, 16)),
    "OMP_NUM_THREADS": str(min(os.cpu_count() or 1, 16)),
}


def timed(command, environment):
    """Milliseconds of one command; it must print what the script prints."""
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    spent = (time.perf_counter() - started) * 1000
    if done.returncode or "done" not in done.stdout:
        sys.exit(f"{command[0]}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return spent


def pairs(script, folder):
    """Medians in ms: in a cell, without one, and of the differences within the pairs."""
    file = Path(folder) / "script.py"
    file.write_text(script)
    run_folder = Path(folder) / "run"
    run_folder.mkdir(mode=0o700, exist_ok=True)
    in_cell = [DRIVER, file, "--run-folder", run_folder]
    without = [PYTHON, file]
    timed(in_cell, {}), timed(without, ENVIRONMENT)  # files into the page cache
    cells, plain = [], []
    for index in range(PAIRS):
        order = [(in_cell, {}, cells), (without, ENVIRONMENT, plain)]
        for command, environment, into in order if index % 2 else reversed(order):
            into.append(timed(command, environment))
    added = [a - b for a, b in zip(cells, plain, strict=True)]
    return statistics.median(cells), statistics.median(plain), statistics.median(added)


def row(name, value, unit, reference, ratio):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "reference": round(reference, 3),
                      "ratio": round(ratio, 4), "better": "lower"}), flush=True)  # fmt: skip


def main():
    with tempfile.TemporaryDirectory() as folder:
        cell, plain, _ = pairs("import pandas\nprint('done')\n", folder)
        row("cell-start: pandas", cell, "ms", plain, cell / plain)
        _, _, added = pairs("print('done')\n", folder)
        # The reference of the empty script is the limit itself: what the cell adds, of 80 ms.
        row("cell-start: added to an empty script", added, "ms", ADDED_MS_MAX, added / ADDED_MS_MAX)


if __name__ == "__main__":
    main()
