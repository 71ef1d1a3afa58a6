#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""to-arrow: 10 million rows of 4 numbers from a sealed dataset into a pyarrow table, over sealed memory.

The reference is DuckDB's own Python client (bench only, third_party/python-tools.lock) that reads its plain file. Both
are warm; both end with a table that code can use.
"""

import os
import pathlib
import subprocess
import sys

import data_bench
from worker_client import Sealed, Worker

ROWS = int(os.environ.get("CLOISTER_BENCH_ROWS", "10000000"))
TABLE = (
    "SELECT i AS a, (hash(i) % 1000000)::BIGINT AS b, hash(i) / 7.0 AS c, (i % 1000) / 3.0 AS d "
    f"FROM range({ROWS}) t(i)"
)
# Reads lines "run", answers seconds; the first line is the number of rows.
CLIENT = """
import sys, time
sys.path[:0] = sys.argv[2:]
import duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("SET enable_progress_bar=false")
def table():
    return connection.execute("SELECT * FROM data").to_arrow_table()
print(table().num_rows, flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    result = table()
    seconds = time.perf_counter() - start
    del result
    print(seconds, flush=True)
"""


def tools_packages():
    """The site-packages with DuckDB's Python client."""
    sys.path.insert(0, str(data_bench.ROOT / "tools"))
    from dev import environment

    made = environment.folder(data_bench.ROOT / "third_party/python-tools.lock")
    return str(made / "lib" / f"python{environment.python_version()}" / "site-packages")


def main():
    import pyarrow
    from pyarrow import ipc

    with data_bench.scratch() as folder:
        source, plain = folder / "source.parquet", folder / "plain.duckdb"
        key = os.urandom(32)
        with data_bench.Reference(":memory:") as engine:
            engine.run(f"COPY ({TABLE}) TO '{source}' (FORMAT parquet)")
        with Worker(folder) as worker:
            worker.import_file(source, key)
        with data_bench.Reference(plain) as engine:
            engine.run(f"CREATE TABLE data AS SELECT * FROM '{source}'")
        command = [sys.executable, "-c", CLIENT, str(plain), tools_packages()]
        with (
            Worker(folder) as worker,
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client,
        ):
            assert int(client.stdout.readline()) == ROWS
            tables = [Sealed("data", folder / "data.duckdb", key)]

            def read():
                _, descriptor = worker.query("SELECT * FROM data", tables, limit=ROWS, arrow=True)
                try:
                    with pyarrow.memory_map(f"/proc/self/fd/{descriptor}") as memory:
                        table = ipc.open_stream(memory).read_all()
                        assert table.num_rows == ROWS
                finally:
                    os.close(descriptor)

            def reference():
                client.stdin.write("run\n")
                client.stdin.flush()
                return float(client.stdout.readline())

            read()
            data_bench.report("to-arrow", *data_bench.alternate(lambda: data_bench.seconds_of(read), reference))
            client.stdin.close()


if __name__ == "__main__":
    packages = pathlib.Path(os.environ.get("CLOISTER_BUILD_DIR", data_bench.BUILD)) / "python"
    if "CLOISTER_BENCH_INSIDE" not in os.environ:
        python = packages / "bin/python3"
        environment = {**os.environ, "CLOISTER_BENCH_INSIDE": "1"}
        raise SystemExit(subprocess.run([str(python), __file__], env=environment).returncode)
    main()
