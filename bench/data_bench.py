# SPDX-License-Identifier: Apache-2.0
"""What the benches of the data worker share: the file, the reference, alternation. Not a bench itself."""

import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(os.environ.get("CLOISTER_SOURCE_DIR", pathlib.Path(__file__).resolve().parent.parent))
BUILD = pathlib.Path(os.environ.get("CLOISTER_BUILD_DIR", ROOT / "build/release"))
os.environ.setdefault("CLOISTER_BIN_DIR", str(BUILD / "bin"))
sys.path.insert(0, str(ROOT / "tests/data"))

CITIES = ["Aachen", "Bonn", "Cottbus", "Dresden", "Erfurt", "Fulda", "Graz", "Halle", "Innsbruck", "Jena"]
PAIRS = int(os.environ.get("CLOISTER_BENCH_PAIRS", "3"))

# 20 mixed columns: 6 whole numbers, 5 fractions, 2 dates, 1 time stamp, 1 truth value, 5 texts.
TABLE = """SELECT i AS id, (hash(i) % 90)::INT AS age, (hash(i+1) % 1000000)::INT AS account,
 (hash(i+2) % 100)::INT AS score, (hash(i+3) % 5)::INT AS visits, (hash(i+4) % 2000)::INT AS units,
 round((hash(i+5) % 100000) / 7.0, 3) AS height, round((hash(i+6) % 100000) / 9.0, 2) AS weight,
 (hash(i+7) % 1000000) / 13.0 AS pressure, (hash(i+8) % 1000) / 10.0 AS pulse,
 round((hash(i+9) % 100000000) / 100.0, 2) AS cost,
 DATE '1950-01-01' + (hash(i+10) % 25000)::INT AS born, DATE '2015-01-01' + (hash(i+11) % 3650)::INT AS admitted,
 TIMESTAMP '2020-01-01' + to_seconds((hash(i+12) % 100000000)::BIGINT) AS seen, hash(i+13) % 2 = 0 AS smoker,
 list_value({cities})[1 + (hash(i+14) % 10)::INT] AS city, 'ward ' || (hash(i+15) % 40) AS ward,
 CASE WHEN hash(i+16) % 4 = 0 THEN NULL ELSE 'ICD-' || (hash(i+17) % 900) END AS code,
 'person ' || hash(i+18) % 1000000 AS name, md5(i::VARCHAR) AS token FROM range({rows}) t(i)"""


def table(rows):
    return " ".join(TABLE.format(rows=rows, cities=",".join(f"'{c}'" for c in CITIES)).split())


class Reference:
    """The pinned DuckDB in a process of its own."""

    def __init__(self, database):
        program = BUILD / "bin/data-reference"
        self.process = subprocess.Popen(
            [str(program), str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)

    def run(self, sql):
        """Seconds that the statement took."""
        self.process.stdin.write(sql + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error") or not answer:
            raise RuntimeError(answer)
        return float(answer)


@contextlib.contextmanager
def scratch():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cloister-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seconds_of(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def alternate(ours, reference, pairs=PAIRS):
    """Medians of both after `pairs` alternating runs."""
    mine, theirs = [], []
    for _ in range(pairs):
        theirs.append(reference())
        mine.append(ours())
        print(f"reference {theirs[-1]:.3f} s, ours {mine[-1]:.3f} s", file=sys.stderr)
    return statistics.median(mine), statistics.median(theirs)


def report(name, value, reference, unit="s"):
    row = {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "reference": round(reference, 4),
        "ratio": round(value / reference, 3),
        "better": "lower",
    }
    print(json.dumps(row), flush=True)
