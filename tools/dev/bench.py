# SPDX-License-Identifier: Apache-2.0
"""./dev bench: runs the benches of bench/ and prints each measurement beside its reference.

A bench is an executable bench/<name>.py. It prints JSON objects, one a line, on standard output:
{"name", "value", "unit", "reference", "ratio", "better"}; every ratio is taken in one run, alternating with its
reference. Anything else that it has to say goes to standard error.
"""

import argparse
import json
import os
import subprocess
import sys

from dev import build, paths
from dev.console import Failure, say
from dev.suites import clean_environment

KEYS = {"name", "value", "unit", "reference", "ratio", "better"}


def benches():
    return {p.stem: p for p in sorted((paths.ROOT / "bench").glob("*.py")) if os.access(p, os.X_OK)}


def row_of(line):
    """The measurement in one line of output, or None."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and set(row) == KEYS else None


def text_of(row):
    """One line of the table for a person."""
    cells = [number(row["value"]), row["unit"], number(row["reference"]), number(row["ratio"]), row["better"]]
    return "{:<28} {:>14} {:<8} {:>14} {:>8}  {}".format(row["name"], *cells)


def number(value):
    if value is None:
        return "-"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value}"


def run(name, path, as_json):
    """Runs one bench and prints its rows as they come; says whether it went well."""
    release = paths.build("release")
    env = clean_environment(
        CLOISTER_BIN_DIR=str(release / "bin"), CLOISTER_BUILD_DIR=str(release), CLOISTER_SOURCE_DIR=str(paths.ROOT)
    )
    rows, stray = 0, []
    with subprocess.Popen(
        [paths.PYTHON, str(path)], env=env, cwd=paths.ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as child:
        for line in child.stdout:
            row = row_of(line)
            if row is None:
                stray.append(line.rstrip())
                continue
            rows += 1
            print(json.dumps(row) if as_json else text_of(row), flush=True)
    if child.returncode or stray or not rows:
        say(
            "bench",
            f"{name}: exit status {child.returncode}, {rows} rows"
            + "".join(f"\n  not a row: {line[:200]}" for line in stray[:5]),
        )
    return child.returncode == 0 and rows > 0 and not stray


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split(": ", 1)[1].split("\n\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one bench; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    known = benches()
    unknown = [name for name in chosen.only if name.replace("-", "_") not in known]
    if unknown or not known:
        raise Failure(
            "bench.unknown", f"no bench: {', '.join(unknown) or 'bench/ is empty'}", f"one of: {', '.join(known)}", 2
        )
    wanted = [name.replace("-", "_") for name in chosen.only] or list(known)
    build.ensure("release")
    if not chosen.json:
        print(f"{'bench':<28} {'value':>14} {'unit':<8} {'reference':>14} {'ratio':>8}  better", flush=True)
    sys.stdout.flush()
    results = [run(name, known[name], chosen.json) for name in wanted]
    return 0 if all(results) else 1
