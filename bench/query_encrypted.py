#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""query-encrypted: ten analytical queries on a sealed dataset, each block checked against the manifest.

The reference runs the same on a plain DuckDB file. Both are warm: every query ran once before it is measured.
"""

import os

import data_bench
from worker_client import Sealed, Worker

ROWS = int(os.environ.get("CLOISTER_BENCH_ROWS", "2000000"))
QUERIES = [
    "SELECT count(*), avg(age), avg(height) FROM data",
    "SELECT city, count(*), avg(weight), max(cost) FROM data GROUP BY city ORDER BY city",
    "SELECT ward, sum(cost) FROM data WHERE smoker GROUP BY ward ORDER BY 2 DESC LIMIT 10",
    "SELECT year(admitted), count(*) FROM data GROUP BY 1 ORDER BY 1",
    "SELECT code, median(pressure) FROM data WHERE code IS NOT NULL GROUP BY code ORDER BY 2 DESC LIMIT 20",
    "SELECT count(DISTINCT name) FROM data",
    "SELECT corr(height, weight), stddev(pulse) FROM data",
    "SELECT * FROM data ORDER BY cost DESC, id LIMIT 100",
    "SELECT city, ward, rank() OVER (PARTITION BY city ORDER BY sum(cost) DESC) FROM data GROUP BY city, ward",
    "SELECT a.city, count(*) FROM data a JOIN data b ON a.account = b.account AND a.id < b.id GROUP BY 1 ORDER BY 1",
]


def main():
    with data_bench.scratch() as folder:
        source, plain = folder / "source.parquet", folder / "plain.duckdb"
        key = os.urandom(32)
        with data_bench.Reference(":memory:") as engine:
            engine.run(f"COPY ({data_bench.table(ROWS)}) TO '{source}' (FORMAT parquet)")
        with Worker(folder) as worker:
            worker.import_file(source, key)
        with data_bench.Reference(plain) as engine:
            engine.run(f"CREATE TABLE data AS SELECT * FROM '{source}'")
        with Worker(folder) as worker, data_bench.Reference(plain) as engine:
            tables = [Sealed("data", folder / "data.duckdb", key)]
            for sql in QUERIES:
                worker.query(sql, tables)
                engine.run(sql)

            def ours():
                return data_bench.seconds_of(lambda: [worker.query(sql, tables) for sql in QUERIES])

            def reference():
                return data_bench.seconds_of(lambda: [engine.run(sql) for sql in QUERIES])

            data_bench.report("query-encrypted", *data_bench.alternate(ours, reference))


if __name__ == "__main__":
    main()
