#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""import-csv: 2 million rows of 20 mixed columns into an encrypted file, its manifest's hashes made.

The reference is the pinned DuckDB's plain CREATE TABLE AS from the same file into a plain file, closed.
"""

import os

import data_bench
from worker_client import Worker, leaf_hashes

ROWS = int(os.environ.get("CLOISTER_BENCH_ROWS", "2000000"))


def main():
    with data_bench.scratch() as folder:
        source = folder / "source.csv"
        with data_bench.Reference(":memory:") as engine:
            engine.run(f"COPY ({data_bench.table(ROWS)}) TO '{source}' (HEADER)")

        def ours():
            place = folder / "ours"
            place.mkdir()

            def run():
                with Worker(place) as worker:
                    reply = worker.import_file(source, os.urandom(32))
                assert reply["rows"] == ROWS, reply
                leaf_hashes(place / "data.duckdb")

            seconds = data_bench.seconds_of(run)
            os.remove(place / "data.duckdb")
            place.rmdir()
            return seconds

        def reference():
            path = folder / "reference.duckdb"

            def run():
                with data_bench.Reference(path) as engine:
                    engine.run(f"CREATE TABLE data AS SELECT * FROM read_csv('{source}')")
                    engine.run("CHECKPOINT")

            seconds = data_bench.seconds_of(run)
            path.unlink()
            return seconds

        data_bench.report("import-csv", *data_bench.alternate(ours, reference))


if __name__ == "__main__":
    main()
